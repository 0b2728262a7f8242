package rediscache

import (
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options configure a cache. The zero value is a cache that shares a database with others, without a prefix.
type Options struct {
	// Prefix is put before every key. It sets the keys of this cache apart from all others in the database. Without it,
	// and without WholeDatabase, the cache has Len, Clear and Keys only under the prefix of a layer such as
	// layers.Prefixed. No prefix of one cache should begin with another's.
	Prefix string

	// WholeDatabase says that nothing but this cache lives in the database. Clear is then a FLUSHDB. It excludes
	// a Prefix.
	WholeDatabase bool

	// TTL is the default time to live, for writes that give none. 0 is 10 minutes.
	TTL time.Duration

	// LeaseTTL is how long a lease on an absent key stands after its holder has disappeared. The lease is renewed as
	// long as its load lives, unless the context of that load can never end. 0 is 10 seconds, and the least is 100 ms.
	LeaseTTL time.Duration

	// Plain keeps to what every Redis client understands: keys and their values, as strings. There are then
	// neither leases nor negative entries: they are hashes, and other readers would stumble on them.
	Plain bool

	// MaxCalls bounds the calls in progress whose context can end. Those that their caller has left count, too. A call
	// beyond it waits for one of them to end. 0 is 1000.
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
		return fmt.Errorf("%w: WholeDatabase and a Prefix exclude each other", ctxcache.ErrOptions)
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

// withDefaults returns the options with every default filled in; of invalid ones, the defaults alone.
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
