package memcached

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options configure a cache. The zero value is a cache without a prefix that shares its servers with others.
type Options struct {
	// Prefix is put before every key. It is stored as it is. It has at most 200 bytes, without white space and control
	// characters. It separates the keys of this cache from all others on the servers. The prefix of one cache should
	// not begin with the prefix of another.
	Prefix string

	// WholeServers says that only this cache uses the servers. It allows FlushAll, and ServerStats then reports how many
	// entries there are.
	WholeServers bool

	// TTL is the TTL of writes with TTL 0. 0 is 10 minutes.
	TTL time.Duration

	// LeaseTTL is how long a lease on an absent key stands after its holder has disappeared, rounded up to seconds.
	// The lease is renewed until its load ends, unless the context of the load can never end. 0 is 10 seconds. The
	// minimum is a second, and the maximum is a day.
	LeaseTTL time.Duration

	// Plain stores only what every Memcached client understands: keys and their values. The cache then offers neither
	// leases nor negative entries, because other clients would read them as values.
	Plain bool

	// EncodeKey returns a key as it is stored, without the prefix. Different keys must become different stored keys. If
	// it returns an error, or Memcached does not allow the result as a key, calls return ErrKey. Nil is the escaping
	// that the package comment describes, which leaves most keys as they are. EncodeKey must not block: it runs on the
	// goroutine of the caller, and neither a context nor a timeout ends the wait for it.
	EncodeKey func(key string) (string, error)

	// MaxItemSize is how many bytes an encoded value may have. A larger value is ErrTooLarge. It should be the limit of
	// the servers (memcached -I). The servers also count the key and some 60 bytes, so they may refuse a value that is
	// just below it. 0 is 1 MiB.
	MaxItemSize int

	// MaxCalls is how many calls may be in progress at a time. A call whose caller has left still counts. A call does not
	// count if it has no limit and its context cannot end. A call beyond the limit waits for another one to end. 0 is 1000.
	MaxCalls int

	// ReadTimeout is how long a caller waits for a call that reads, or that asks for a lease. A call for many keys may
	// take a millisecond longer for each key of a server. After that the caller gets [ctxcache.ErrTimeout], and the
	// call goes on without it: a connection that is being made is there for the next call. 0 is 100 ms.
	// [ctxcache.NoExpiry] means no limit.
	ReadTimeout time.Duration

	// WriteTimeout is the same for every other call. 0 is a second.
	WriteTimeout time.Duration

	// Timeout is how long the client waits for the answer to a command, and how long connecting to a server may take,
	// whether or not a caller still waits. It is also how long the cache waits before it undoes a command without an
	// answer once more. 0 is 3 seconds.
	Timeout time.Duration

	// MaxIdleConns is how many idle connections to each server are kept. FillMany and ReleaseMany use at most as many
	// connections at a time. 0 is 64.
	MaxIdleConns int

	// DialContext connects to a server. Open passes the server's name as it was given, not its address. A panic of it, or of
	// the connection, is an error of the call. Nil is a plain connection. For TLS, use the DialContext of a
	// [crypto/tls.Dialer].
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}

const (
	defaultTTL          = 10 * time.Minute
	defaultLeaseTTL     = 10 * time.Second
	minLeaseTTL         = time.Second
	maxLeaseTTL         = 24 * time.Hour
	defaultMaxItemSize  = 1 << 20
	defaultMaxCalls     = 1000
	defaultReadTimeout  = 100 * time.Millisecond
	defaultWriteTimeout = time.Second
	defaultTimeout      = 3 * time.Second
	defaultMaxIdleConns = 64
	maxPrefix           = 200
)

// Validate returns an error that wraps [ctxcache.ErrOptions] and names the invalid option, or nil if all are valid. Nil
// options are valid.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	switch {
	case len(o.Prefix) > maxPrefix:
		return fmt.Errorf("%w: Prefix has more than %d bytes: %d", ctxcache.ErrOptions, maxPrefix, len(o.Prefix))
	case !legal(o.Prefix):
		return fmt.Errorf("%w: Prefix contains white space or a control character", ctxcache.ErrOptions)
	case o.TTL < 0:
		return fmt.Errorf("%w: TTL is negative: %v", ctxcache.ErrOptions, o.TTL)
	case o.LeaseTTL != 0 && (o.LeaseTTL < minLeaseTTL || o.LeaseTTL > maxLeaseTTL):
		return fmt.Errorf("%w: LeaseTTL is not between %v and %v: %v", ctxcache.ErrOptions, minLeaseTTL, maxLeaseTTL, o.LeaseTTL)
	case o.MaxItemSize < 0:
		return fmt.Errorf("%w: MaxItemSize is negative: %d", ctxcache.ErrOptions, o.MaxItemSize)
	case o.MaxCalls < 0:
		return fmt.Errorf("%w: MaxCalls is negative: %d", ctxcache.ErrOptions, o.MaxCalls)
	case o.ReadTimeout < 0:
		return fmt.Errorf("%w: ReadTimeout is negative: %v", ctxcache.ErrOptions, o.ReadTimeout)
	case o.WriteTimeout < 0:
		return fmt.Errorf("%w: WriteTimeout is negative: %v", ctxcache.ErrOptions, o.WriteTimeout)
	case o.Timeout < 0:
		return fmt.Errorf("%w: Timeout is negative: %v", ctxcache.ErrOptions, o.Timeout)
	case o.MaxIdleConns < 0:
		return fmt.Errorf("%w: MaxIdleConns is negative: %d", ctxcache.ErrOptions, o.MaxIdleConns)
	}
	return nil
}

// withDefaults returns a copy of the options with every default filled in. If the options are invalid, it returns only
// the defaults.
func (o *Options) withDefaults() Options {
	var filled Options
	if o != nil && o.Validate() == nil {
		filled = *o
	}
	orDefault(&filled.TTL, defaultTTL)
	orDefault(&filled.LeaseTTL, defaultLeaseTTL)
	orDefault(&filled.MaxItemSize, defaultMaxItemSize)
	orDefault(&filled.MaxCalls, defaultMaxCalls)
	orDefault(&filled.ReadTimeout, defaultReadTimeout)
	orDefault(&filled.WriteTimeout, defaultWriteTimeout)
	orDefault(&filled.Timeout, defaultTimeout)
	orDefault(&filled.MaxIdleConns, defaultMaxIdleConns)
	if filled.EncodeKey == nil {
		filled.EncodeKey = escaped(filled.Prefix)
	}
	if filled.DialContext == nil {
		filled.DialContext = new(net.Dialer).DialContext
	}
	return filled
}

// orDefault sets an option that is 0.
func orDefault[T int | time.Duration](option *T, value T) {
	if *option == 0 {
		*option = value
	}
}
