package races_test

import (
	"context"
	"slices"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// channel is the way by which far's events come to a node: they may be held on it, and then be told in another order,
// several times, or never.
type channel struct {
	ctxcache.Forward[string, string] // far

	mu    sync.Mutex // held while the node is told: it is told one event at a time
	tell  func(ctxcache.Event)
	holds bool
	held  []ctxcache.Event
}

// Watch tells what the channel lets through.
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

// hold keeps events back from now on.
func (c *channel) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds = true
}

// kept takes out the events that were held so far, in the order in which far told them.
func (c *channel) kept() []ctxcache.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := slices.Clone(c.held)
	c.held = nil
	return kept
}

// deliver tells the node these events.
func (c *channel) deliver(events ...ctxcache.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		c.tell(e)
	}
}

// reconnect lets events through again. What was held is lost, and the node is told that something is missing.
func (c *channel) reconnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds, c.held = false, nil
	c.tell(ctxcache.Event{Gap: true})
}
