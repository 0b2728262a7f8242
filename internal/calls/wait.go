package calls

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// waitKey is the key of a context's value: when the wait of the caller began.
type waitKey struct{}

// OneWait returns a context for several tasks, one after the other, of a caller that waits for all of them: their limits
// count from now, and not from the beginning of each task.
func OneWait(ctx context.Context) context.Context { return WaitSince(ctx, time.Now()) }

// WaitSince is [OneWait] for a caller that has waited since began. A wait that ctx has already began earlier.
func WaitSince(ctx context.Context, began time.Time) context.Context {
	if _, waits := ctx.Value(waitKey{}).(time.Time); waits {
		return ctx
	}
	return context.WithValue(ctx, waitKey{}, began)
}

// remaining returns how much of a limit is left. It is positive, so that a call is always begun, and fails as one that has
// timed out.
func remaining(ctx context.Context, limit time.Duration) time.Duration {
	began, ok := ctx.Value(waitKey{}).(time.Time)
	if !ok || limit == ctxcache.NoExpiry {
		return limit
	}
	return max(limit-time.Since(began), 1)
}
