package cached

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// limits are how long a Function waits for its cache.
type limits struct {
	// read limits how long a call waits for a Get or a GetLease. 0 means that the cache does that itself, or that it is
	// in this process: then nothing is wrapped, and a hit costs nothing more.
	read time.Duration

	// store limits how long the callers of a load wait until the result is stored. After that it is stored behind them.
	store time.Duration

	// settle limits each thing that a load does after the source has answered, such as storing the value and releasing
	// the lease. The callers do not wait for it longer than store.
	settle time.Duration
}

const (
	// A cache that says that it asks servers, and sets no limits, gets these. They are long enough for a server in
	// another data center, and short enough for a request that can wait for a second.
	remoteRead  = 100 * time.Millisecond
	remoteWrite = time.Second

	// A cache that says nothing is usually in this process. If it is not, its own client has limits of some seconds.
	unknownLimit = 5 * time.Second
)

// limitsOf returns the limits for a cache with these timeouts.
func limitsOf(t ctxcache.Timeouts) limits {
	switch {
	case t.Read == ctxcache.NoExpiry:
		return limits{read: remoteRead, store: remoteRead, settle: remoteWrite}
	case t.Write == ctxcache.NoExpiry:
		return limits{store: storeLimit(t.Read), settle: remoteWrite}
	default:
		return limits{store: storeLimit(t.Read), settle: max(t.Write, unknownLimit)} // the cache's own limit comes first
	}
}

func storeLimit(read time.Duration) time.Duration {
	if read > 0 {
		return read
	}
	return remoteRead
}
