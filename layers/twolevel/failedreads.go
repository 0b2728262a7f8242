package twolevel

import (
	"sync"
	"sync/atomic"
	"time"
)

// failedReads has the keys of reads in far that have just failed, and whose callers got a miss, because of Resilient.
// Such a caller usually loads the value, and asks for a lease first. Far would fail again, and the caller would wait
// for it a second time. So it gets a local lease, as if far had been
// asked.
type failedReads[K comparable] struct {
	some atomic.Bool // whether there may be such keys, so that GetLease needs no lock otherwise

	mu sync.Mutex
	at map[K]time.Time
}

const (
	// justFailed is longer than it takes to begin a load after a read, and short enough for a far that works again.
	justFailed = 100 * time.Millisecond

	maxFailedReads = 10_000
)

// note notes a read of key that has failed.
func (f *failedReads[K]) note(key K) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == nil || len(f.at) >= maxFailedReads { // far is asked once more for the keys that are forgotten
		f.at = make(map[K]time.Time)
	}
	f.at[key] = time.Now()
	f.some.Store(true)
}

// take reports whether a read of key has just failed. It does so once for each failure.
func (f *failedReads[K]) take(key K) bool {
	if !f.some.Load() {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at, has := f.at[key]
	delete(f.at, key)
	f.some.Store(len(f.at) > 0)
	return has && time.Since(at) < justFailed
}
