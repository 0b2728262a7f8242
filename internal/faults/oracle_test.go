package faults_test

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// item is a value. It says which write it is from.
type item struct {
	Key string
	Seq int // of the write, among those of its key, from 1
}

// oracle knows all writes of all keys, and judges reads by them. Times are since its beginning.
type oracle struct {
	began time.Time
	keys  map[string]*history // never changes

	mu       sync.Mutex
	suspects []read
	foreign  []string // reads of values that nobody has written
}

// history has the writes of one key. One write is under way at a time, so that they have an order.
type history struct {
	turn sync.Mutex // held during a write

	mu     sync.Mutex
	writes []write
}

// write is a Set of an item, a deletion, or a change of the source with a deletion.
type write struct {
	node         int
	began, ended time.Duration
	done         bool // it has returned nil
	unfenced     bool // if its outcome is unknown, its value may land later
}

// read is a read that has returned a value which a later write had replaced before the read began.
type read struct {
	key   string
	seq   int
	node  int
	began time.Duration
}

func newOracle(keys ...string) *oracle {
	o := &oracle{began: time.Now(), keys: make(map[string]*history)}
	for _, key := range keys {
		o.keys[key] = &history{}
	}
	return o
}

func (o *oracle) now() time.Duration { return time.Since(o.began) }

// write makes a write of keys, which are in the order that all callers use. Do gets the items.
func (o *oracle) write(node int, unfenced bool, keys []string, do func(items []item) error) error {
	items := make([]item, len(keys))
	for i, key := range keys {
		h := o.keys[key]
		h.turn.Lock()
		defer h.turn.Unlock()
		h.mu.Lock()
		h.writes = append(h.writes, write{node: node, began: o.now(), unfenced: unfenced})
		items[i] = item{key, len(h.writes)}
		h.mu.Unlock()
	}
	err := do(items)
	ended := o.now()
	for _, it := range items {
		h := o.keys[it.Key]
		h.mu.Lock()
		w := &h.writes[it.Seq-1]
		w.ended, w.done = ended, err == nil
		h.mu.Unlock()
	}
	return err
}

// last returns the item of the last write of key that has begun.
func (o *oracle) last(key string) item {
	h := o.keys[key]
	h.mu.Lock()
	defer h.mu.Unlock()
	return item{key, len(h.writes)}
}

// read notes that a read of key, which began at a time, has returned got.
func (o *oracle) read(node int, key string, began time.Duration, got item) {
	h := o.keys[key]
	h.mu.Lock()
	known := got.Key == key && got.Seq >= 0 && got.Seq <= len(h.writes) // 0: the source had it before the first write
	old := known && slices.ContainsFunc(h.writes[got.Seq:], func(w write) bool { return w.done && w.ended < began })
	h.mu.Unlock()
	if known && !old {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if known {
		o.suspects = append(o.suspects, read{key, got.Seq, node, began})
	} else {
		o.foreign = append(o.foreign, fmt.Sprintf("a read of %s returned %+v", key, got))
	}
}

// rules say which old values may be read.
type rules struct {
	bound time.Duration // how long a value may be read after a write has replaced it

	// Successful writes of these times may be lost: a failover brings the state of a replica, which may be older.
	lossy []span

	// Until this time, the values of unfenced writes that have failed may land late: the node that tried the write
	// deletes the key once more when the server works.
	settled time.Duration
}

// span is a time.
type span struct{ from, to time.Duration }

// touches reports whether w was under way in the span.
func (s span) touches(w write) bool { return w.began <= s.to && w.ended >= s.from }

// verdict is what the oracle has found.
type verdict struct {
	stale  int           // reads of values that are older than the bound, or of a node's own
	oldest time.Duration // the age of the oldest value that was read, whether or not the rules allow it
	first  []string      // some of the stale and foreign reads
}

// judge judges all reads. Nothing may be read or written meanwhile.
func (o *oracle) judge(r rules) verdict {
	v := verdict{stale: len(o.foreign), first: o.foreign}
	for _, s := range o.suspects {
		age, own := o.age(s, r)
		if age < 0 {
			continue
		}
		v.oldest = max(v.oldest, age)
		if age <= r.bound && !own {
			continue
		}
		v.stale++
		if len(v.first) < 5 {
			v.first = append(v.first, fmt.Sprintf(
				"node %d read %s at %v: write %d, replaced %v before (own: %v)\n%s", s.node, s.key, s.began, s.seq, age, own, o.story(s)))
		}
	}
	return v
}

// age returns for how long the value of a read had been replaced by a write that is not lost, and whether the reading node
// itself had replaced it. The age is negative if the value was not old, or cannot be judged.
func (o *oracle) age(s read, r rules) (age time.Duration, own bool) {
	writes := o.keys[s.key].writes
	if s.seq > 0 {
		if w := writes[s.seq-1]; w.unfenced && !w.done && s.began < r.settled {
			return -1, false
		}
	}
	age = -1
	for _, w := range writes[s.seq:] {
		if !w.done || w.ended >= s.began || slices.ContainsFunc(r.lossy, func(lost span) bool { return lost.touches(w) }) {
			continue
		}
		age = max(age, s.began-w.ended)
		own = own || w.node == s.node
	}
	return age, own
}

// story prints the writes around a read.
func (o *oracle) story(s read) string {
	text := ""
	for i, w := range o.keys[s.key].writes {
		if i >= s.seq-2 && i < s.seq+3 {
			text += fmt.Sprintf("\twrite %d by node %d from %v to %v, done: %v\n", i+1, w.node, w.began, w.ended, w.done)
		}
	}
	return text
}
