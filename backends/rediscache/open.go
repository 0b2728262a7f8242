package rediscache

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// Open returns a cache over the server at a URL in the form of [redis.ParseURL]:
//
//	redis://[user:password@]host[:port][/database]
//	rediss://...                                      with TLS
//	unix://[user:password@]/path/of/socket[?db=database]
//
// Open makes a client, which Close closes. Unless the URL has other settings, they are fit for a cache: the client gives
// up on a server soon. In addition to the client's connections, the cache has up to 8 for reads, but not more than the
// pool_size of the URL, and none if the URL has a max_active_conns. Open does not talk to the server. Its errors wrap
// [ctxcache.ErrOptions]. Their text shows nothing of the URL but its scheme, because any other part may be a password.
func Open(rawURL string, options *Options) (*Cache, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	parsed, err := redis.ParseURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ctxcache.ErrOptions, badURL(rawURL))
	}
	forCache(parsed)
	lines := newLines(parsed)
	dial := redis.NewDialer(parsed) // what go-redis does by default
	parsed.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		lines.renew()
		return dial(ctx, network, addr)
	}
	c := New(redis.NewClient(parsed), options)
	lines.calls = c.calls
	c.owned, c.lines = true, lines
	return c, nil
}

// badURL says what is wrong with rawURL, which cannot be parsed.
func badURL(rawURL string) string {
	const want = "redis://[user:password@]host[:port][/database]"
	u, err := url.Parse(rawURL)
	if err != nil {
		return "not a URL such as " + want
	}
	switch u.Scheme {
	case "redis", "rediss", "unix":
		return "a " + u.Scheme + " URL with a bad database, path or parameter; want one such as " + want
	case "":
		return "the URL has no scheme; want one such as " + want
	}
	return fmt.Sprintf("the URL has the scheme %q; want redis, rediss or unix", u.Scheme)
}

// forCache sets what the URL has left open. The defaults of go-redis are for a database, which is worth waiting for: with
// them a call to a server that is down may take 40 seconds, and one to a server that does not answer 100.
func forCache(o *redis.Options) {
	o.ContextTimeoutEnabled = true // so that calls end soon after their callers have left
	// A server in the same network accepts at once. Callers wait only for their own timeouts, but each dial holds a slot.
	o.DialTimeout = cmp.Or(o.DialTimeout, time.Second)
	// The next call dials again anyway.
	o.DialerRetries = cmp.Or(o.DialerRetries, 1)
	// One more try, on another connection, for a connection that broke while it was idle. More of them would only keep a
	// server busy that is in trouble.
	o.MaxRetries = cmp.Or(o.MaxRetries, 1)
	// No pool of connections for pipelines only: when the server is down, go-redis dials for that pool, and then again for
	// the other one.
	o.PipelinePoolSize = cmp.Or(o.PipelinePoolSize, -1)
	// Longer than callers wait, so that a slow answer is seen to be late. Much shorter than go-redis's 5 seconds: a server
	// that hangs holds the connection and the slot of each call for so long.
	o.ReadTimeout = cmp.Or(o.ReadTimeout, 3*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 3*time.Second)
}
