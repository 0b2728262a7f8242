package rediscache

import (
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
	// supports neither leases nor negative entries: these are hashes, and other readers would fail on them.
	Plain bool

	// MaxCalls is the largest number of running calls whose context can end. A call whose caller has left still counts.
	// Further calls wait. 0 means 1000.
	MaxCalls int
}

const (
	defaultTTL      = 10 * time.Minute
	defaultLeaseTTL = 10 * time.Second
	minLeaseTTL     = 100 * time.Millisecond
	defaultMaxCalls = 1000
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
	if filled.TTL == 0 {
		filled.TTL = defaultTTL
	}
	if filled.LeaseTTL == 0 {
		filled.LeaseTTL = defaultLeaseTTL
	}
	if filled.MaxCalls == 0 {
		filled.MaxCalls = defaultMaxCalls
	}
	return filled
}
