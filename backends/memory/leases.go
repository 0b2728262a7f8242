package memory

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// leases are those that stand in a shard, and a few that ran out. All stand equally long, so the order of granting is
// that of running out. There are at most as many as loads in flight, and loads abandoned within the last LeaseTTL.
type leases[K comparable, V any] struct {
	byKey          map[K]*lease[K, V] // nil until there is one
	oldest, newest *lease[K, V]
}

// add enters a new lease. A lease on the same key must have run out, and is lost.
func (t *leases[K, V]) add(l *lease[K, V]) {
	t.kill(l.key)
	if t.byKey == nil {
		t.byKey = make(map[K]*lease[K, V])
	}
	t.byKey[l.key] = l
	l.older = t.newest
	if t.newest == nil {
		t.oldest = l
	} else {
		t.newest.newer = l
	}
	t.newest = l
}

// held reports whether a lease on key stands.
func (t *leases[K, V]) held(key K, now time.Duration) bool {
	l := t.byKey[key]
	return l != nil && now < l.ends
}

// kill ends the lease on key, if there is one. Every write of the key calls it, present or not, so it must cost
// nothing while there are no leases.
func (t *leases[K, V]) kill(key K) {
	if len(t.byKey) == 0 {
		return
	}
	if l := t.byKey[key]; l != nil {
		t.end(l)
	}
}

// killIn ends the leases in scope.
func (t *leases[K, V]) killIn(scope ctxcache.Scope[K]) {
	for key, l := range t.byKey {
		if scope.Covers(key) {
			t.end(l)
		}
	}
}

// end takes l out and reports whether it was in: another one on the same key is not l.
func (t *leases[K, V]) end(l *lease[K, V]) bool {
	if t.byKey[l.key] != l {
		return false
	}
	delete(t.byKey, l.key)
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
	l.older, l.newer = nil, nil // the holder may keep l, but not its neighbours
	return true
}

// sweep takes out a few of those that ran out.
func (t *leases[K, V]) sweep(now time.Duration) {
	for range sweepMax {
		if t.oldest == nil || now < t.oldest.ends {
			return
		}
		t.end(t.oldest)
	}
}
