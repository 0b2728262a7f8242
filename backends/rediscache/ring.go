package rediscache

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/redis/go-redis/v9"
)

// ringClient is a client that only a ring has the methods of.
type ringClient interface {
	redis.UniversalClient
	ForEachShard(ctx context.Context, fn func(ctx context.Context, client *redis.Client) error) error
	GetShardClientForKey(key string) (*redis.Client, error)
	Len() int
	OnNewNode(fn func(client *redis.Client))
	Options() *redis.RingOptions
}

// ring has the servers of a ring. The ring itself lists only those that it believes to be up, and skips the others
// without an error. When a server is up again, its keys are back with their old values. So a call for all servers must
// not skip one. Methods of a ring may be called concurrently.
type ring struct {
	client ringClient

	mu      sync.Mutex
	known   map[*redis.Client]bool // all servers that have ever been in the ring, without those that have left it
	missing map[string]bool        // addresses of servers that were out when the cache was made, and still are: see add
}

// newRing returns a ring of the servers of client.
func newRing(client ringClient) *ring {
	r := &ring{client: client, known: make(map[*redis.Client]bool), missing: make(map[string]bool)}
	for _, address := range client.Options().Addrs {
		r.missing[address] = true
	}
	client.OnNewNode(r.add)
	r.up(context.Background()) // this only lists the servers, so there is nothing to cancel
	return r
}

// add adds a server that is in the ring. The options of a ring keep the addresses that it was made with. So a server with
// another address shows that SetAddrs was called. Then nobody knows which of the missing servers are still in the ring.
// To wait for those that are not would fail all deletions for ever.
func (r *ring) add(server *redis.Client) {
	address := server.Options().Addr
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[server] = true
	delete(r.missing, address)
	if !slices.Contains(slices.Collect(maps.Values(r.client.Options().Addrs)), address) {
		clear(r.missing)
	}
}

var (
	// errMissing is the cause of an error about a server that was out when the cache was made.
	errMissing = ctxcache.Discreet("a server was already out when the cache was made", nil)

	// errUnnoticed is the cause of an error about a server that is back, but was not used again yet.
	errUnnoticed = ctxcache.Discreet("the Ring has not noticed yet that the server is back", nil)
)

// complete returns an error if the ring leaves a server out, or has done so when it used so many servers.
func (r *ring) complete(ctx context.Context, used int) error {
	if r.hasOnly(used, r.client.Len()) {
		return nil
	}
	_, err := r.servers(ctx) // which forgets the servers that have left the ring
	if err == nil && !r.hasOnly(used, r.client.Len()) {
		err = errUnnoticed
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("a server of the Ring is out and may come back with old values: %w", err)
}

// hasOnly reports whether the ring is known to have no more than n servers, and no more than m.
func (r *ring) hasOnly(n, m int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := len(r.known) + len(r.missing)
	return n == all && m == all
}

// up returns the servers that the ring believes to be up.
func (r *ring) up(ctx context.Context) map[*redis.Client]bool {
	var mu sync.Mutex // the ring calls the function concurrently
	up := make(map[*redis.Client]bool)
	// ForEachShard returns only errors of the function, and this one has none.
	_ = r.client.ForEachShard(ctx, func(_ context.Context, server *redis.Client) error {
		r.add(server)
		mu.Lock()
		defer mu.Unlock()
		up[server] = true
		return nil
	})
	return up
}

// servers returns the servers that are up. If a server is down, or the ring is closed, it also returns an error.
func (r *ring) servers(ctx context.Context) (servers []redis.Cmdable, err error) {
	up := r.up(ctx)
	for server := range up {
		servers = append(servers, server)
	}
	for _, server := range r.without(up) {
		switch down := server.Ping(ctx).Err(); {
		case down == nil: // the ring has not noticed yet that the server is back
			servers = append(servers, server)
		case errors.Is(down, redis.ErrClosed): // it has left the ring
			r.forget(server)
		default:
			err = both(err, down)
		}
	}
	r.mu.Lock()
	if len(r.missing) > 0 {
		err = both(err, errMissing)
	}
	r.mu.Unlock()
	if len(servers) == 0 && err == nil {
		err = r.client.Ping(ctx).Err() // the ring is closed or empty
	}
	return servers, err
}

// without returns the known servers that are not in up.
func (r *ring) without(up map[*redis.Client]bool) (others []*redis.Client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for server := range r.known {
		if !up[server] {
			others = append(others, server)
		}
	}
	return others
}

func (r *ring) forget(server *redis.Client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, server)
}

// everywhere calls fn, which deletes keys. Over a ring that leaves a server out, it returns an error even if fn succeeds:
// that server may come back with old values of the keys.
func (c *Cache) everywhere(ctx context.Context, fn func() error) error {
	if c.ring == nil {
		return fn()
	}
	// Only PING finds whether a server is out or has left. It comes after fn, because a server that hangs must not hold up
	// deletions on the others.
	used := c.ring.client.Len()
	if err := fn(); err != nil {
		return err
	}
	return c.ring.complete(ctx, used)
}
