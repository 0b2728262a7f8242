package sim_test

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// turns is the cache below a cached function. Calls that share a read of far return from it at the same moment, and the
// first one leads the load. The scheduler decides which one is first.
type turns struct {
	ctxcache.Forward[string, value]
	client *client
}

func (c *turns) Get(ctx context.Context, key string) (value, error) {
	v, err := c.Forward.Get(ctx, key)
	c.await(ctx, err)
	return v, err
}

// GetEntry is Get for a function that has to know how old a value is.
func (c *turns) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.Forward.GetEntry(ctx, key)
	c.await(ctx, err)
	return e, err
}

// GetEntries is GetEntry for many keys.
func (c *turns) GetEntries(ctx context.Context, keys []string) (map[string]entry, error) {
	found, err := c.Forward.GetEntries(ctx, keys)
	if len(found) < len(keys) {
		c.await(ctx, ctxcache.ErrMiss)
	}
	return found, err
}

// await waits for the turn of the call's step, unless the call has found what it asked for.
func (c *turns) await(ctx context.Context, err error) {
	if err == nil {
		return
	}
	t := turn{c.client, ctx.Value(stepID{}).(int), make(chan struct{})}
	c.client.world.handIn(func(in *inbox) { in.turns = append(in.turns, t) })
	<-t.come
}

// turn is a call that waits for its turn.
type turn struct {
	client *client
	step   int
	come   chan struct{}
}

// stepID is the context key of the step's id.
type stepID struct{}
