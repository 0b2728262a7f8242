package leases

import (
	"math"
	"time"

	"github.com/ctxcache/cached/internal/shrinking"
)

// Table has the leases that stand on the keys of a store, or of one shard of it. It knows each lease by a sequence
// number, which is never used again.
//
// A Table is exact: a lease ends before its time only by [Table.End], or by [Table.Kill] of its own key. It is
// exclusive: there is at most one lease on a key. It has leases only, so a key need not be present in the store.
//
// A Table has at most as many leases as there are running loads, plus the loads that were abandoned within the last
// TTL. The methods take constant time, except [Table.KillFunc]. They must not be called concurrently: the lock of the
// store guards the Table.
//
// Now is the time by a clock that never goes back, since any fixed moment.
type Table[K comparable] struct {
	ttl   time.Duration
	byKey shrinking.Map[K, *lease[K]]
	last  uint64 // the last sequence number that was used

	// A list in the order of grants and renewals. All leases have the same TTL, so they run out in this order, too.
	oldest, newest *lease[K]
}

// lease is the right to fill one key.
type lease[K comparable] struct {
	key      K
	sequence uint64
	ends     time.Duration   // the lease stands until then, and longer if its load still lives
	load     <-chan struct{} // closed when the load ends; nil if its end cannot be known

	older, newer *lease[K]
}

// NewTable returns an empty table. Its leases stand for ttl. If the load still lives then, the lease is renewed.
func NewTable[K comparable](ttl time.Duration) Table[K] { return Table[K]{ttl: ttl} }

// Grant grants a lease on key and returns its sequence number, which is never 0. If a lease on key stands, it grants
// nothing. Load is the Done channel of the load that the lease is for. If it is nil, the lease is not renewed. The
// table keeps only the channel, not the context.
func (t *Table[K]) Grant(key K, load <-chan struct{}, now time.Duration) (sequence uint64, granted bool) {
	t.Sweep(now)
	if l := t.byKey.Get(key); l != nil {
		if t.stands(l, now) {
			return 0, false
		}
		t.remove(l)
	}
	t.last++
	l := &lease[K]{key: key, sequence: t.last, ends: t.end(now), load: load}
	t.byKey.Set(key, l)
	t.link(l)
	return l.sequence, true
}

// Stands reports whether the lease on key with this sequence number stands.
func (t *Table[K]) Stands(key K, sequence uint64, now time.Duration) bool {
	l := t.byKey.Get(key)
	return l != nil && l.sequence == sequence && t.stands(l, now)
}

// End ends the lease on key with this sequence number. It reports whether the lease stood until then.
func (t *Table[K]) End(key K, sequence uint64, now time.Duration) (stood bool) {
	l := t.byKey.Get(key)
	if l == nil || l.sequence != sequence {
		return false
	}
	stood = t.stands(l, now)
	t.remove(l)
	return stood
}

// Kill ends the lease on key, if there is one. Every write of key calls it, whether or not key is present. It costs
// almost nothing while the table is empty.
func (t *Table[K]) Kill(key K) {
	if t.byKey.Len() > 0 {
		t.kill(key)
	}
}

func (t *Table[K]) kill(key K) {
	if l := t.byKey.Get(key); l != nil {
		t.remove(l)
	}
}

// KillFunc ends the leases on all keys that match returns true for.
func (t *Table[K]) KillFunc(match func(K) bool) {
	for key, l := range t.byKey.All {
		if match(key) {
			t.remove(l)
		}
	}
}

// KillAll ends all leases.
func (t *Table[K]) KillAll() { *t = Table[K]{ttl: t.ttl, last: t.last} }

// Len returns the number of leases. A few of them may have run out.
func (t *Table[K]) Len() int { return t.byKey.Len() }

// sweepMax is how many leases one Sweep looks at. A grant adds one lease, so with two or more per grant the number of
// leases that have run out goes down.
const sweepMax = 4

// Sweep looks at a few leases that have reached the end of their TTL. It removes those whose load has ended, and renews
// the others. Grant calls it, too.
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

// stands reports whether l stands. If l has reached the end of its TTL and its load still lives, stands renews it. So
// no goroutine is needed for renewal.
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

// end returns when a lease ends that is granted or renewed now.
func (t *Table[K]) end(now time.Duration) time.Duration {
	if t.ttl > math.MaxInt64-max(now, 0) { // now is negative in a cache that was made later
		return math.MaxInt64
	}
	return now + t.ttl
}

// remove removes l from the table.
func (t *Table[K]) remove(l *lease[K]) {
	t.byKey.Delete(l.key)
	t.unlink(l)
}

// link adds l, which is not in the list, as the newest.
func (t *Table[K]) link(l *lease[K]) {
	l.older, l.newer = t.newest, nil
	if t.newest == nil {
		t.oldest = l
	} else {
		t.newest.newer = l
	}
	t.newest = l
}

// unlink removes l from the list.
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
