package rediscache

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"
)

// ringClient is a client that only a ring has the methods of.
type ringClient interface {
	redis.UniversalClient
	ForEachShard(ctx context.Context, fn func(ctx context.Context, client *redis.Client) error) error
	OnNewNode(fn func(client *redis.Client))
}

// ring has the servers of a ring. The ring itself lists only those that it believes to be up, and skips the others
// without an error. When a server is up again, its keys are back with their old values. So a call for all servers must
// not skip one. Methods of a ring may be called concurrently.
type ring struct {
	client ringClient

	mu    sync.Mutex
	known map[*redis.Client]bool // all servers that have ever been in the ring, without those that have left it
}

// newRing returns a ring of the servers of client. It does not know servers that are already down.
func newRing(client ringClient) *ring {
	r := &ring{client: client, known: make(map[*redis.Client]bool)}
	client.OnNewNode(r.add)
	r.up(context.Background()) // this only lists the servers, so there is nothing to cancel
	return r
}

func (r *ring) add(server *redis.Client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[server] = true
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
			err = errors.Join(err, down)
		}
	}
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
