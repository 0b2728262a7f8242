package memcached

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options configure a cache. The zero value is a cache that shares its servers with others, without a prefix.
type Options struct {
	// Prefix is put before every key, as it is: at most 200 bytes, none of them white space or a control character.
	// It is what tells the keys of this cache from all others on the servers. No prefix of one cache should begin
	// with that of another.
	Prefix string

	// WholeServers says that nothing but this cache lives on the servers: it allows FlushAll, and Stats to tell how
	// many entries there are.
	WholeServers bool

	// TTL is the default time to live, for writes that give none. 0 is 10 minutes.
	TTL time.Duration

	// LeaseTTL is for how long a lease on an absent key stands when its holder disappears, rounded up to seconds; as
	// long as there is one, it is renewed. 0 is 10 seconds, the least is a second, and the most a day.
	LeaseTTL time.Duration

	// Plain keeps to what every Memcached client understands: keys and their values. There are then neither leases
	// nor negative entries, which a reader in Python, for one, would stumble on.
	Plain bool

	// EncodeKey says how a key is stored, behind the prefix. Different keys have to become different ones; a result
	// that Memcached cannot have is ErrKey. Nil is the escaping that the package comment tells of, which leaves most
	// keys as they are.
	EncodeKey func(key string) (string, error)

	// MaxItemSize is how many bytes a value may have, as the Serde makes them; more are ErrTooLarge. It should be the
	// limit of the servers (memcached -I), which count the key and some 60 bytes too, and have the last word.
	// 0 is 1 MiB.
	MaxItemSize int

	// MaxCalls bounds the calls in progress whose context can end, those counted in which the caller has left
	// already. A call beyond it waits for one of them to end. 0 is 1000.
	MaxCalls int

	// Timeout is for how long a server may keep a command waiting, and a connection may take to be made. 0 is 3
	// seconds.
	Timeout time.Duration

	// MaxIdleConns is how many connections to each server are kept for later. 0 is 64.
	MaxIdleConns int

	// DialContext makes a connection to a server. Nil is a plain one; for TLS, give that of a [crypto/tls.Dialer].
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}

const (
	defaultTTL          = 10 * time.Minute
	defaultLeaseTTL     = 10 * time.Second
	minLeaseTTL         = time.Second
	maxLeaseTTL         = 24 * time.Hour
	defaultMaxItemSize  = 1 << 20
	defaultMaxCalls     = 1000
	defaultTimeout      = 3 * time.Second
	defaultMaxIdleConns = 64
	maxPrefix           = 200
)

// Validate returns an error that wraps [ctxcache.ErrOptions] and names the option that makes no sense, or nil.
// Nil options are valid.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	switch {
	case len(o.Prefix) > maxPrefix:
		return fmt.Errorf("%w: Prefix has more than %d bytes: %d", ctxcache.ErrOptions, maxPrefix, len(o.Prefix))
	case !legal(o.Prefix):
		return fmt.Errorf("%w: Prefix has white space or a control character in it", ctxcache.ErrOptions)
	case o.TTL < 0:
		return fmt.Errorf("%w: TTL is negative: %v", ctxcache.ErrOptions, o.TTL)
	case o.LeaseTTL != 0 && (o.LeaseTTL < minLeaseTTL || o.LeaseTTL > maxLeaseTTL):
		return fmt.Errorf("%w: LeaseTTL is not between %v and %v: %v", ctxcache.ErrOptions, minLeaseTTL, maxLeaseTTL, o.LeaseTTL)
	case o.MaxItemSize < 0:
		return fmt.Errorf("%w: MaxItemSize is negative: %d", ctxcache.ErrOptions, o.MaxItemSize)
	case o.MaxCalls < 0:
		return fmt.Errorf("%w: MaxCalls is negative: %d", ctxcache.ErrOptions, o.MaxCalls)
	case o.Timeout < 0:
		return fmt.Errorf("%w: Timeout is negative: %v", ctxcache.ErrOptions, o.Timeout)
	case o.MaxIdleConns < 0:
		return fmt.Errorf("%w: MaxIdleConns is negative: %d", ctxcache.ErrOptions, o.MaxIdleConns)
	}
	return nil
}

// withDefaults returns the options with every default filled in; of invalid ones, the defaults alone.
func (o *Options) withDefaults() Options {
	var filled Options
	if o != nil && o.Validate() == nil {
		filled = *o
	}
	fill(&filled.TTL, defaultTTL)
	fill(&filled.LeaseTTL, defaultLeaseTTL)
	fill(&filled.MaxItemSize, defaultMaxItemSize)
	fill(&filled.MaxCalls, defaultMaxCalls)
	fill(&filled.Timeout, defaultTimeout)
	fill(&filled.MaxIdleConns, defaultMaxIdleConns)
	if filled.EncodeKey == nil {
		filled.EncodeKey = escaped(filled.Prefix)
	}
	if filled.DialContext == nil {
		filled.DialContext = new(net.Dialer).DialContext
	}
	return filled
}

func fill[T int | time.Duration](option *T, value T) {
	if *option == 0 {
		*option = value
	}
}
