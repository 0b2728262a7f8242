package sim_test

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// These stacks are broken at a loss of the channel, or in an outage.

// reconnecting is a far whose Watch connects again by itself, and does not report that it may have missed events.
type reconnecting struct {
	ctxcache.Forward[string, value]
}

func reconnect(c cache) cache { return &reconnecting{ctxcache.NewForward(c, double)} }

func (c *reconnecting) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	first := true
	for {
		connected := false
		err := c.Forward.Watch(ctx, func(e ctxcache.Event) {
			if first || connected || !e.Gap { // the first event of a connection is a Gap
				fn(e)
			}
			first, connected = false, true
		})
		if ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// keeping at gaps is a near that a Gap does not clear. A Clear of the user has a step, and clears it.
type gapKeeping struct {
	ctxcache.Forward[string, value]
}

func keepAtGaps(c cache) cache { return &gapKeeping{ctxcache.NewForward(c, double)} }

func (c *gapKeeping) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	if !ofStep(ctx) {
		return nil
	}
	return c.Forward.Clear(ctx, scope)
}

// ofStep reports whether a call belongs to a step of the plan. Otherwise the stack makes it on its own account.
func ofStep(ctx context.Context) bool { return ctx.Value(stepID{}) != nil }

// unreplayed is a far that does not do what a replay asks for, and says that it has done it.
type unreplayed struct {
	ctxcache.Forward[string, value]
}

func replayNothing(c cache) cache { return &unreplayed{ctxcache.NewForward(c, double)} }

func (c *unreplayed) DeleteMany(ctx context.Context, keys []string) error {
	if !ofStep(ctx) {
		return nil
	}
	return c.Forward.DeleteMany(ctx, keys)
}

func (c *unreplayed) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	if !ofStep(ctx) {
		return nil
	}
	return c.Forward.Clear(ctx, scope)
}

// uncleaned is a far that says that it has deleted a key when somebody reads the key, and has not. So an old value that
// is listed is believed.
type uncleaned struct {
	ctxcache.Forward[string, value]
}

func cleanNothing(c cache) cache { return &uncleaned{ctxcache.NewForward(c, double)} }

func (c *uncleaned) Delete(context.Context, string) error { // users delete by Remove
	return nil
}

// timeless is a far that does not know that a write may take effect later.
type timeless struct {
	ctxcache.Forward[string, value]
}

func neverLate(c cache) cache { return &timeless{ctxcache.NewForward(c, double)} }

func (*timeless) Timeouts() ctxcache.Timeouts { return ctxcache.Timeouts{} }

// hiding is a far whose deletions never fail.
type hiding struct {
	ctxcache.Forward[string, value]
}

func hideOutages(c cache) cache { return &hiding{ctxcache.NewForward(c, double)} }

func (c *hiding) Remove(ctx context.Context, key string) (bool, error) {
	was, err := c.Forward.Remove(ctx, key)
	if errors.Is(err, errOutage) {
		return false, nil
	}
	return was, err
}
