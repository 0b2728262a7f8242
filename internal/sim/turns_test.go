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
	if err != nil {
		t := turn{c.client, ctx.Value(stepID{}).(int), make(chan struct{})}
		c.client.world.handIn(func(in *inbox) { in.turns = append(in.turns, t) })
		<-t.come
	}
	return v, err
}

// turn is a call that waits for its turn.
type turn struct {
	client *client
	step   int
	come   chan struct{}
}

// stepID is the context key of the step's id.
type stepID struct{}
