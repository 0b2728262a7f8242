package sim_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

type (
	cache = ctxcache.Cache[string, value]
	entry = ctxcache.Entry[value]
	lease = ctxcache.Lease
)

// client is far as one stack sees it, through a network.
type client struct {
	world *world
	node  int
	life  int // how often the node was restarted before
	held  heldLeases

	// Only the scheduler uses these fields.
	dead    bool
	asked   map[string]int // how many calls, by what they are about
	pending map[*call]bool
	dials   dials
	watches moment // since when it is connected; meaningless unless it is
	health  health
}

func newClient(w *world, node, life int) *client {
	return &client{
		world: w, node: node, life: life, asked: make(map[string]int), pending: make(map[*call]bool),
	}
}

func (c *client) name() string {
	return "node " + strconv.Itoa(c.node)
}

// Supports returns the capabilities that the simulation needs and far has. For the others there are correct fallbacks.
func (c *client) Supports() ctxcache.Cap {
	return ctxcache.CapRemove | ctxcache.CapEntry | ctxcache.CapNegative | ctxcache.CapMany | ctxcache.CapLease |
		ctxcache.CapLeaseShared | ctxcache.CapClear | ctxcache.CapWatch
}

func (c *client) Get(ctx context.Context, key string) (value, error) {
	e, err := c.GetEntry(ctx, key)
	return e.Value, err
}

func (c *client) GetEntry(ctx context.Context, key string) (entry, error) {
	if err := ctx.Err(); err != nil {
		return entry{}, err
	}
	e, err := c.sendGet(key).wait(ctx)
	if err != nil && err != ctxcache.ErrMiss && err != ctxcache.ErrNotFound {
		c.world.loads.mayLoad(c, key) // a caller that saw far fail loads, and does not ask far for a lease
	}
	return e, err
}

func (c *client) sendGet(key string) *answer[entry] {
	return send(c, ctxcache.OpGet, key, func(ctx context.Context) (entry, error) {
		return ctxcache.GetEntry(ctx, c.world.far, key)
	}, nil)
}

func (c *client) Set(ctx context.Context, key string, v value, ttl time.Duration) error {
	return c.SetEntry(ctx, key, ctxcache.NewEntry(v, ttl))
}

func (c *client) SetEntry(ctx context.Context, key string, e entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := c.sendSet(key, e).wait(ctx)
	return err
}

func (c *client) sendSet(key string, e entry) *answer[none] {
	return send(c, ctxcache.OpSet, key, func(ctx context.Context) (none, error) {
		c.world.loads.changed(key)
		c.world.loads.stored(key, e)
		return none{}, ctxcache.SetEntry(ctx, c.world.far, key, e)
	}, nil)
}

func (c *client) Delete(ctx context.Context, key string) error {
	_, err := c.Remove(ctx, key)
	return err
}

func (c *client) Remove(ctx context.Context, key string) (was bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return c.sendRemove(key).wait(ctx)
}

func (c *client) sendRemove(key string) *answer[bool] {
	return send(c, ctxcache.OpDelete, key, func(ctx context.Context) (bool, error) {
		c.world.loads.changed(key)
		c.undone(key)
		return ctxcache.Remove(ctx, c.world.far, key)
	}, nil)
}

func (c *client) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	_, err := ask(ctx, c, ctxcache.OpClear, "", func(ctx context.Context) (none, error) {
		for _, key := range keyNames {
			c.world.loads.changed(key)
			c.undone(key)
		}
		return none{}, ctxcache.ClearIn(ctx, c.world.far, scope)
	}, nil)
	return err
}

// undone is called when far deletes key. With Resilient, the stack lists a key whose fill far has missed, and deletes it
// later instead of giving its lease back.
func (c *client) undone(key string) {
	if c.world.variant.resilient {
		c.held.remove(func(l *farLease) bool { return l.key == key })
	}
}

// Calls for many keys are single calls, as if the keys were on several servers: some may fail, and they do not wait for
// each other.

func (c *client) GetEntries(ctx context.Context, keys []string) (map[string]entry, error) {
	found, err := many(ctx, keys, c.sendGet)
	c.failed(keys, err)
	return found, err
}

// failed is called with the error of a call for keys. A cached function that saw far fail loads, and does not ask it again.
func (c *client) failed(keys []string, err error) {
	for _, key := range keys {
		if c.world.variant.allOptions && ctxcache.KeyError(err, key) != nil { // otherwise no cached function makes such calls
			c.world.loads.mayLoad(c, key)
		}
	}
}

func (c *client) SetEntries(ctx context.Context, entries map[string]entry) error {
	_, err := many(ctx, slices.Collect(maps.Keys(entries)), func(key string) *answer[none] {
		return c.sendSet(key, entries[key])
	})
	return err
}

func (c *client) DeleteMany(ctx context.Context, keys []string) error {
	_, err := many(ctx, keys, c.sendRemove)
	return err
}

// many sends a call for each key, and returns the results that it found.
func many[T any](ctx context.Context, keys []string, send func(key string) *answer[T]) (map[string]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	answers := make(map[string]*answer[T])
	for _, key := range keys {
		answers[key] = send(key)
	}
	found, failed := make(map[string]T), make(map[string]error)
	for key, a := range answers {
		switch v, err := a.wait(ctx); err {
		case nil, ctxcache.ErrNotFound:
			found[key] = v
		case ctxcache.ErrMiss:
		default:
			failed[key] = err
		}
	}
	if err := ctx.Err(); err != nil {
		for _, a := range answers {
			a.leave()
		}
		return nil, err
	}
	return found, ctxcache.NewManyError(failed)
}

// none is the result of a call that has no result.
type none struct{}
