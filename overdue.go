package cached

import (
	"sync"
	"sync/atomic"
)

// overdue counts the loads that have ended although their loaders still run, because LoadTimeout has passed or Close has
// lost its patience. Go cannot end a goroutine. A loader that ignores its context may run for ever, with a connection and
// some memory. So there is a limit. At the limit, loads fail at once, and the source is not asked.
type overdue[K comparable] struct {
	total atomic.Int64 // of all keys; read without the lock, because it is nearly always 0

	mu  sync.Mutex
	key map[K]int
}

const (
	// maxOverdue is the limit for all keys of a Function. A larger MaxLoads is the limit instead, because so many loads
	// may run into their timeouts at the same time. A source with so many hanging loads does not answer the next one.
	maxOverdue = 100

	// maxOverdueOfKey is the limit for one key, so that one key that always hangs leaves room for the others.
	maxOverdueOfKey = 10
)

// admits reports whether a load of key may begin.
func (o *overdue[K]) admits(key K, maxLoads int) bool {
	total := o.total.Load()
	if total == 0 {
		return true
	}
	if total >= int64(max(maxOverdue, maxLoads)) {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.key[key] < maxOverdueOfKey
}

// add counts change more loaders of key. The end of a loader may be counted before its load has ended.
// Counts is false if the loader is counted for another key, too: then it is not counted again for all keys.
func (o *overdue[K]) add(key K, change int, counts bool) {
	if counts {
		o.total.Add(int64(change))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.key == nil {
		o.key = make(map[K]int)
	}
	if o.key[key] += change; o.key[key] == 0 {
		delete(o.key, key)
	}
}
