package rediscache

import (
	"cmp"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options configure a cache. The zero value is a cache without a prefix, in a database that it shares with others.
type Options struct {
	// Prefix is put before every key. It separates the keys of this cache from all other keys of the database. A prefix
	// must not be the beginning of another cache's prefix. Without Prefix and WholeDatabase, the cache supports Len,
	// Clear and Keys only under the prefix of a layer such as layers.Prefixed.
	Prefix string

	// WholeDatabase means that the database has no keys except this cache's. Clear then uses FLUSHDB. It cannot be
	// combined with Prefix.
	WholeDatabase bool

	// TTL is the TTL of writes with TTL 0. 0 means 10 minutes.
	TTL time.Duration

	// LeaseTTL is how long a lease on an absent key stands after its holder has disappeared. While its load lives, the
	// lease is renewed, unless the context of the load can never end. 0 means 10 seconds. The minimum is 100 ms.
	LeaseTTL time.Duration

	// Plain means that the cache stores only keys with strings as values, which every Redis client understands. It then
	// supports neither leases nor negative entries: these are hashes, and other readers would fail on them. A Plain cache
	// sends neither scripts nor transactions, so it works with proxies such as twemproxy, and for users who may not run
	// scripts. It uses GET, SET, DEL and PTTL, and SCAN for Len, Keys and Clear.
	Plain bool

	// ReadTimeout is how long a caller waits at most for a call that reads or asks for a lease, whatever the server
	// and the client do. A call for many keys may take a millisecond longer for each key. After that the call returns
	// an error that wraps [ctxcache.ErrTimeout], and goes on without its caller. 0 means 100 ms. [ctxcache.NoExpiry]
	// means no limit.
	ReadTimeout time.Duration

	// WriteTimeout is the same for all other calls. 0 means 1 second.
	WriteTimeout time.Duration

	// WatchTimeout is how long [Cache.Watch] trusts a connection on which nothing comes. After half of it, Watch asks
	// the server to answer, and after the other half it returns an error that wraps [ctxcache.ErrTimeout]. So it is
	// the longest time for which a follower, such as a near cache, may miss changes because the server hangs or the
	// network has lost the connection. Over a Cluster and servers behind Sentinel it is also the longest time for which
	// changes at a new master may be missed, once the watched masters or the sentinels know it. 0 means 2 seconds. The
	// minimum is 10 ms. [ctxcache.NoExpiry] means that Watch waits for ever for what does not come. It then looks for
	// new masters every second.
	WatchTimeout time.Duration

	// Channel is the name of a [Channel] on which the cache publishes every change that it makes, in the same step of the
	// server as the change. Watch then reports what is published there, and does not use CLIENT TRACKING. So it also works
	// with servers that do not track keys, with protocol 2, and behind Sentinel.
	//
	// All programs that change keys of this cache must use this package with the same Channel. What others change, such as
	// redis-cli, is not reported. Neither are evictions and expiries: copies of such values are not old. Nobody
	// else should use the key "name:last": the server keeps the name of the last message there. If a key of this cache
	// would have that name, calls for it return ErrKey.
	//
	// A write takes more of the server's time, because each one is a script. Channel can neither be combined with Plain nor
	// with a client of a Cluster or a Ring: a key and the channel may be on different servers there. Use layers.Published
	// for a Plain cache. Caches with different prefixes may share a channel. Each one then hears of the others' changes.
	Channel string

	// MaxCalls is the largest number of running calls. A call whose caller has left still counts. A call does not
	// count if it has no limit and its context cannot end. Further calls wait. 0 means 1000.
	MaxCalls int
}

const (
	defaultTTL      = 10 * time.Minute
	defaultLeaseTTL = 10 * time.Second
	minLeaseTTL     = 100 * time.Millisecond
	defaultMaxCalls = 1000

	// A cache should be faster than its source, so it is not worth waiting long for a value. A write that is given up too
	// early costs more: Delete is then in doubt, and a loaded value is lost.
	defaultReadTimeout  = 100 * time.Millisecond
	defaultWriteTimeout = time.Second

	// A server that does not answer a PING for a second answers no calls either, so a near cache that is dropped for
	// nothing costs little. It is more than a slow command or a fork takes on a server that works.
	defaultWatchTimeout = 2 * time.Second
	minWatchTimeout     = 10 * time.Millisecond
)

// Validate returns an error that wraps [ctxcache.ErrOptions] and names the option that makes no sense, or nil.
// Nil options are valid.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	switch {
	case o.WholeDatabase && o.Prefix != "":
		return fmt.Errorf("%w: WholeDatabase cannot be combined with Prefix", ctxcache.ErrOptions)
	case o.TTL < 0:
		return fmt.Errorf("%w: TTL is negative: %v", ctxcache.ErrOptions, o.TTL)
	case o.LeaseTTL == ctxcache.NoExpiry:
		return fmt.Errorf("%w: LeaseTTL is NoExpiry", ctxcache.ErrOptions)
	case o.LeaseTTL != 0 && o.LeaseTTL < minLeaseTTL:
		return fmt.Errorf("%w: LeaseTTL is less than %v: %v", ctxcache.ErrOptions, minLeaseTTL, o.LeaseTTL)
	case o.ReadTimeout < 0:
		return fmt.Errorf("%w: ReadTimeout is negative: %v", ctxcache.ErrOptions, o.ReadTimeout)
	case o.WriteTimeout < 0:
		return fmt.Errorf("%w: WriteTimeout is negative: %v", ctxcache.ErrOptions, o.WriteTimeout)
	case o.WatchTimeout != 0 && o.WatchTimeout < minWatchTimeout:
		return fmt.Errorf("%w: WatchTimeout is less than %v: %v", ctxcache.ErrOptions, minWatchTimeout, o.WatchTimeout)
	case o.Channel != "" && o.Plain:
		return fmt.Errorf("%w: Channel cannot be combined with Plain, because it needs scripts", ctxcache.ErrOptions)
	case o.MaxCalls < 0:
		return fmt.Errorf("%w: MaxCalls is negative: %d", ctxcache.ErrOptions, o.MaxCalls)
	}
	return nil
}

// withDefaults returns the options with all defaults filled in. For invalid options it returns the defaults only.
func (o *Options) withDefaults() Options {
	var filled Options
	if o != nil && o.Validate() == nil {
		filled = *o
	}
	filled.TTL = cmp.Or(filled.TTL, defaultTTL)
	filled.LeaseTTL = cmp.Or(filled.LeaseTTL, defaultLeaseTTL)
	filled.MaxCalls = cmp.Or(filled.MaxCalls, defaultMaxCalls)
	filled.ReadTimeout = cmp.Or(filled.ReadTimeout, defaultReadTimeout)
	filled.WriteTimeout = cmp.Or(filled.WriteTimeout, defaultWriteTimeout)
	filled.WatchTimeout = cmp.Or(filled.WatchTimeout, defaultWatchTimeout)
	return filled
}
