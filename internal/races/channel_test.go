package races_test

import (
	"context"
	"slices"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// channel carries far's events to a node. A test may hold the events back. It may then deliver them in another order,
// several times, or never.
type channel struct {
	ctxcache.Forward[string, string] // the far cache

	mu    sync.Mutex // held during delivery, because a node takes one event at a time
	tell  func(ctxcache.Event)
	holds bool
	held  []ctxcache.Event
}

// Watch passes on the events that the channel lets through.
func (c *channel) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	c.mu.Lock()
	c.tell = fn
	c.mu.Unlock()
	return c.Forward.Watch(ctx, c.take)
}

func (c *channel) take(e ctxcache.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holds {
		c.held = append(c.held, e)
		return
	}
	c.tell(e)
}

// hold keeps all events back from now on.
func (c *channel) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds = true
}

// kept removes and returns the events that were held back, in the order of far.
func (c *channel) kept() []ctxcache.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := slices.Clone(c.held)
	c.held = nil
	return kept
}

// deliver sends these events to the node.
func (c *channel) deliver(events ...ctxcache.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		c.tell(e)
	}
}

// reconnect lets events through again. The events that were held back are lost, and the node gets a Gap.
func (c *channel) reconnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds, c.held = false, nil
	c.tell(ctxcache.Event{Gap: true})
}
