package pyredis

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
)

// Options are the options of the caches in Redis. Nil, and the zero value of each field, mean the default.
type Options struct {
	// TTL is the TTL of values that are set with TTL 0. 0 means 600 seconds, as in Python. NoExpiry is Python's None.
	TTL time.Duration

	// WholeDatabase says that the database has no other keys than this cache's, so that Clear may flush it. It cannot
	// be used with a prefix.
	WholeDatabase bool

	// NoneIsNotFound makes a stored None a negative entry: Get returns [ctxcache.ErrNotFound], and a negative entry is
	// stored as None: see [cachetoolsutils.NoneIsNotFound]. Without it, None is a value if V has one, such as a nil
	// pointer, and otherwise [ctxcache.ErrCorrupt]. It cannot be used with [RawRedisCache], which has no None.
	NoneIsNotFound bool

	// ReadTimeout is how long a caller waits at most for a call that reads, whatever the server and the client do. A call
	// for many keys may take a millisecond longer for each key. After that the call returns an error that wraps
	// [ctxcache.ErrTimeout], and goes on without its caller. 0 means 100 ms. [ctxcache.NoExpiry] means no limit. A nested
	// cache waits as long as its inner cache does, and refuses this option.
	ReadTimeout time.Duration

	// WriteTimeout is the same for all other calls. 0 means 1 second.
	WriteTimeout time.Duration
}

// Validate returns nil, or a [ctxcache.ErrOptions] that names the option that makes no sense. Nil options are valid.
func (o *Options) Validate() error { return o.backend("").Validate() }

// validateRaw is Validate for a cache that stores values as they are.
func (o *Options) validateRaw() error {
	if o.noneIsNotFound() {
		return fmt.Errorf("%w: NoneIsNotFound needs JSON, and RawRedisCache has none", ctxcache.ErrOptions)
	}
	return o.Validate()
}

// validateNested is Validate for a cache over another cache. It refuses the options that only a server's cache has, because
// they would have no effect.
func (o *Options) validateNested(prefix string) error {
	var problem error
	switch {
	case o == nil:
	case o.WholeDatabase:
		problem = errors.New("WholeDatabase is an option of the inner cache")
	case o.ReadTimeout != 0:
		problem = errors.New("ReadTimeout is an option of the inner cache")
	case o.WriteTimeout != 0:
		problem = errors.New("WriteTimeout is an option of the inner cache")
	}
	if problem != nil {
		return fmt.Errorf("%w: %w", ctxcache.ErrOptions, problem)
	}
	return errors.Join(o.Validate(), validatePrefix(prefix))
}

// validatePrefix refuses a prefix that cannot be a str in Python, where no service could use it.
func validatePrefix(prefix string) error {
	if !utf8.ValidString(prefix) {
		return fmt.Errorf("%w: the prefix is not UTF-8", ctxcache.ErrOptions)
	}
	return nil
}

// defaultTTL is the default TTL in Python.
const defaultTTL = 600 * time.Second

// ttl returns the TTL of values that are set with TTL 0.
func (o *Options) ttl() time.Duration {
	if o == nil || o.TTL == 0 {
		return defaultTTL
	}
	return o.TTL
}

func (o *Options) noneIsNotFound() bool { return o != nil && o.NoneIsNotFound }

// backend returns the options of the backend. They set Plain, because Python fails on a key that does not have a string.
func (o *Options) backend(prefix string) *rediscache.Options {
	backend := &rediscache.Options{Prefix: prefix, TTL: o.ttl(), Plain: true}
	if o != nil {
		backend.WholeDatabase = o.WholeDatabase
		backend.ReadTimeout, backend.WriteTimeout = o.ReadTimeout, o.WriteTimeout
	}
	return backend
}
