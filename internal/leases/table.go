package leases

import (
	"math"
	"time"
)

// Table has the leases that stand on the keys of a store, or of one shard of it, and knows each by a sequence number. It
// is exact: only [Table.Kill] of a key itself ends the lease on it before its time, and a sequence number never comes
// again. It is exclusive: a key has one lease at most. It has nothing but leases: the keys need not be present.
//
// There are at most as many as loads in flight, and loads abandoned within the last TTL. The methods take constant
// time, other than [Table.KillFunc], and must not be called concurrently: a Table belongs under the lock of its store.
//
// The time is that of a clock that never goes back, counted from any moment.
type Table[K comparable] struct {
	ttl   time.Duration
	byKey map[K]*lease[K] // nil until there is one
	last  uint64          // the newest sequence number

	// All leases have the same TTL. So they run out in the order in which they were granted or renewed.
	oldest, newest *lease[K]
}

// lease is the right to fill one key.
type lease[K comparable] struct {
	key      K
	sequence uint64
	ends     time.Duration   // it stands until then, and longer if its load still lives
	load     <-chan struct{} // closed at the end of the load; nil: its end is not known

	older, newer *lease[K]
}

// NewTable returns an empty table of leases that stand for ttl. One whose load still lives then is renewed.
func NewTable[K comparable](ttl time.Duration) Table[K] { return Table[K]{ttl: ttl} }

// Grant grants a lease on key, unless one stands, and returns its sequence number, which is never 0. Load is the Done
// channel of the load that the lease is for, or nil if that has none: then the lease is not renewed. The context itself
// is not kept.
func (t *Table[K]) Grant(key K, load <-chan struct{}, now time.Duration) (sequence uint64, granted bool) {
	t.Sweep(now)
	if l := t.byKey[key]; l != nil {
		if t.stands(l, now) {
			return 0, false
		}
		t.remove(l)
	}
	t.last++
	l := &lease[K]{key: key, sequence: t.last, ends: t.end(now), load: load}
	if t.byKey == nil {
		t.byKey = make(map[K]*lease[K])
	}
	t.byKey[key] = l
	t.link(l)
	return l.sequence, true
}

// Stands reports whether the lease on key with this sequence number stands.
func (t *Table[K]) Stands(key K, sequence uint64, now time.Duration) bool {
	l := t.byKey[key]
	return l != nil && l.sequence == sequence && t.stands(l, now)
}

// End ends the lease on key with this sequence number, and reports whether it stood.
func (t *Table[K]) End(key K, sequence uint64, now time.Duration) (stood bool) {
	l := t.byKey[key]
	if l == nil || l.sequence != sequence {
		return false
	}
	stood = t.stands(l, now)
	t.remove(l)
	return stood
}

// Kill ends the lease on key, if there is one. Every write of the key calls it, present or not, so it costs nothing while
// there are no leases.
func (t *Table[K]) Kill(key K) {
	if len(t.byKey) > 0 {
		t.kill(key)
	}
}

func (t *Table[K]) kill(key K) {
	if l := t.byKey[key]; l != nil {
		t.remove(l)
	}
}

// KillFunc ends the leases on keys that match reports true for.
func (t *Table[K]) KillFunc(match func(K) bool) {
	for key, l := range t.byKey {
		if match(key) {
			t.remove(l)
		}
	}
}

// KillAll ends all leases.
func (t *Table[K]) KillAll() { t.byKey, t.oldest, t.newest = nil, nil, nil }

// Len returns how many leases there are. A few of them may have run out.
func (t *Table[K]) Len() int { return len(t.byKey) }

// sweepMax bounds what one call does for others. A grant adds one lease, so with two or more per grant those that ran out
// become fewer.
const sweepMax = 4

// Sweep looks at a few leases whose time has come. It takes out those whose load has ended, and renews the others. Grant
// calls it, too.
func (t *Table[K]) Sweep(now time.Duration) {
	for range sweepMax {
		l := t.oldest
		if l == nil || now < l.ends {
			return
		}
		if !t.stands(l, now) {
			t.remove(l)
		}
	}
}

// stands reports whether l stands. It renews a lease whose time has come, but whose load still lives: no goroutine need
// do so before somebody asks.
func (t *Table[K]) stands(l *lease[K], now time.Duration) bool {
	if now < l.ends {
		return true
	}
	if l.load == nil {
		return false
	}
	select {
	case <-l.load:
		return false
	default:
	}
	t.unlink(l)
	l.ends = t.end(now)
	t.link(l)
	return true
}

// end returns when a lease runs out that is granted or renewed now.
func (t *Table[K]) end(now time.Duration) time.Duration {
	if t.ttl > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + t.ttl
}

// remove takes l out.
func (t *Table[K]) remove(l *lease[K]) {
	delete(t.byKey, l.key)
	t.unlink(l)
}

// link makes l, which is in no list, the newest.
func (t *Table[K]) link(l *lease[K]) {
	l.older, l.newer = t.newest, nil
	if t.newest == nil {
		t.oldest = l
	} else {
		t.newest.newer = l
	}
	t.newest = l
}

// unlink takes l out of the list.
func (t *Table[K]) unlink(l *lease[K]) {
	if l.older == nil {
		t.oldest = l.newer
	} else {
		l.older.newer = l.newer
	}
	if l.newer == nil {
		t.newest = l.older
	} else {
		l.newer.older = l.older
	}
}
