package rediscache

import (
	"fmt"
	"net/url"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// Open returns a cache over the server at a URL in the form of [redis.ParseURL]:
//
//	redis://[user:password@]host[:port][/database]
//	rediss://...                                      with TLS
//	unix://[user:password@]/path/of/socket[?db=database]
//
// Open makes a client, which Close closes. It does not talk to the server. Its errors wrap [ctxcache.ErrOptions]. Their
// text shows nothing of the URL but its scheme, because any other part may be a password.
func Open(rawURL string, options *Options) (*Cache, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	parsed, err := redis.ParseURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ctxcache.ErrOptions, badURL(rawURL))
	}
	parsed.ContextTimeoutEnabled = true // so that calls end soon after their callers have left
	c := New(redis.NewClient(parsed), options)
	c.owned = true
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
