package pymemcached

import (
	"time"
	"unicode/utf8"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/base85"
)

// Options are the options of the caches in Memcached. Nil, and the zero value of each field, mean the default.
type Options struct {
	// NoneIsNotFound makes a stored None a negative entry: Get returns [ctxcache.ErrNotFound], and a negative entry is
	// stored as None: see [cachetoolsutils.NoneIsNotFound]. Python's client takes None for an absent key, so a cached
	// function in Python is called again. Without this option, None is a value if V has one, such as a nil pointer, and
	// otherwise [ctxcache.ErrCorrupt].
	NoneIsNotFound bool

	// ReadTimeout is how long a caller waits at most for a call that reads, whatever the server does. A call for many keys
	// may take a millisecond longer for each key. After that the call returns an error that wraps [ctxcache.ErrTimeout],
	// and goes on without its caller. 0 means 100 ms. [ctxcache.NoExpiry] means no limit.
	//
	// A command that has no answer after 3 seconds fails in any case, and so does a connection that takes longer to make.
	// If ReadTimeout or WriteTimeout is longer, and not NoExpiry, that time counts instead of the 3 seconds.
	ReadTimeout time.Duration

	// WriteTimeout is the same for all other calls. 0 means 1 second.
	WriteTimeout time.Duration
}

// clientTimeout is how long the client waits at least for an answer. It is the default of the backend.
const clientTimeout = 3 * time.Second

var errPrefix = ctxcache.Discreet("the prefix is not UTF-8", nil)

// Validate returns nil, or a [ctxcache.ErrOptions] that names the option that makes no sense. Nil options are valid.
func (o *Options) Validate() error { return o.backend("").Validate() }

// backend returns the options of the backend. They set Plain, because Python would read leases as values.
func (o *Options) backend(prefix string) *memcached.Options {
	backend := &memcached.Options{
		TTL:     ctxcache.NoExpiry,
		Plain:   true,
		Timeout: clientTimeout,
		EncodeKey: func(key string) (string, error) {
			if !utf8.ValidString(prefix) { // Python's prefix is a str
				return "", errPrefix
			}
			return prefix + base85.Encode(key), nil
		},
	}
	if o == nil {
		return backend
	}
	backend.ReadTimeout, backend.WriteTimeout = o.ReadTimeout, o.WriteTimeout
	for _, caller := range []time.Duration{o.ReadTimeout, o.WriteTimeout} {
		if caller < ctxcache.NoExpiry { // without an end, a write in doubt would never be undone
			backend.Timeout = max(backend.Timeout, caller)
		}
	}
	return backend
}
