package coherence_test

import (
	"fmt"
	"strconv"
	"sync"
	"time"
)

// ledger has the versions of all keys, and knows when each was overwritten. It is the source, too.
type ledger struct {
	names []string
	keys  map[string]*page

	mu      sync.Mutex
	reads   int
	suspect []oldRead // older than bound; some of them may be excused
}

// page has the versions of one key.
type page struct {
	changing sync.Mutex // held during a change, so that the versions have an order

	mu      sync.Mutex
	version int
	done    []time.Time // when the change that made the version had ended; zero if it failed, or has not ended
}

// oldRead is a read of a version that was overwritten before.
type oldRead struct {
	node, key     string
	got, newer    int
	over, begun   time.Time // when the newer version had been written, and when the read began
	longest, ping time.Duration
}

func (r oldRead) age() time.Duration { return r.begun.Sub(r.over) }

func (r oldRead) String() string {
	return fmt.Sprintf("%s read version %d of %s %v after version %d was written; meanwhile this process stood still for %v, and a ping took %v",
		r.node, r.got, r.key, r.age(), r.newer, r.longest, r.ping)
}

// bound is how old a version may be.
const bound = 50 * time.Millisecond

func newLedger(keys int) *ledger {
	l := &ledger{keys: make(map[string]*page)}
	for i := range keys {
		name := "key" + strconv.Itoa(i)
		l.names = append(l.names, name)
		l.keys[name] = &page{done: []time.Time{time.Now()}}
	}
	return l
}

// value returns the present version of a key as a value.
func (l *ledger) value(key string) []byte {
	p := l.keys[key]
	p.mu.Lock()
	defer p.mu.Unlock()
	return strconv.AppendInt(nil, int64(p.version), 10)
}

// change makes a new version of a key, and calls store, which changes the caches. It does nothing while another change of
// the key runs.
func (l *ledger) change(key string, store func(value []byte) error) error {
	p := l.keys[key]
	if !p.changing.TryLock() {
		return nil
	}
	defer p.changing.Unlock()
	p.mu.Lock()
	p.version++
	version := p.version
	p.done = append(p.done, time.Time{})
	p.mu.Unlock()
	if err := store(strconv.AppendInt(nil, int64(version), 10)); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done[version] = time.Now()
	return nil
}

// read notes what a node has read.
func (l *ledger) read(node, key string, value []byte, begun time.Time) error {
	got, err := strconv.Atoi(string(value))
	if err != nil {
		return err
	}
	newer, over := l.keys[key].overwritten(got)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if !over.IsZero() && begun.Sub(over) > bound {
		l.suspect = append(l.suspect, oldRead{node: node, key: key, got: got, newer: newer, over: over, begun: begun})
	}
	return nil
}

// overwritten returns which version overwrote the given one, and when that had ended.
func (p *page) overwritten(version int) (newer int, over time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for newer := version + 1; newer < len(p.done); newer++ {
		if over := p.done[newer]; !over.IsZero() { // versions come one after the other, so this is the earliest
			return newer, over
		}
	}
	return 0, time.Time{}
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

// take returns the number of reads, and those that were too old, and forgets them. Stalls excuse reads.
func (l *ledger) take(process, server *stalls) (reads int, old []oldRead, oldest time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.suspect {
		r.longest, r.ping = process.longest(r.over, r.begun), server.longest(r.over, r.begun)
		oldest = max(oldest, r.age())
		if r.age() > bound+max(r.longest, r.ping) {
			old = append(old, r)
		}
	}
	reads, l.reads, l.suspect = l.reads, 0, nil
	return reads, old, oldest
}
