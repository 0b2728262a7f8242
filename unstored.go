package cached

import (
	"context"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// Unstored is the reason why the result of a load was not stored. ctxcache.Unstored has a counter for each.
type Unstored string

// The reasons.
const (
	// UnstoredInvalidated: the key was set, deleted or cleared during the load, or the lease ran out.
	UnstoredInvalidated Unstored = "invalidated"

	// UnstoredHeld: another holder has the lease, and stores its own result. It is another process, or a newer load
	// that has replaced this one.
	UnstoredHeld Unstored = "held"

	// UnstoredUnavailable: the cache failed before the load, or granted no leases.
	UnstoredUnavailable Unstored = "unavailable"

	// UnstoredFailed: the cache failed to store the result. OnCacheError gets the error.
	UnstoredFailed Unstored = "failed"

	// UnstoredDeclined: the loader called NoStore, or SetTTL with 0.
	UnstoredDeclined Unstored = "declined"

	// UnstoredEnded: the load's context had ended when the source answered, so the result may be incomplete.
	UnstoredEnded Unstored = "ended"
)

// counters are the counters of a Function. A hit touches none of them.
type counters struct {
	loads, joined, errors, corrupt                              atomic.Uint64
	loadErrors, stale                                           atomic.Uint64 // loads that failed; answers by a stale value
	timeouts, late                                              atomic.Uint64 // loads over LoadTimeout; answers after that
	invalidated, held, unavailable, failed, declined, endedLoad atomic.Uint64
}

func (c *counters) unstored(why Unstored) *atomic.Uint64 {
	switch why {
	case UnstoredInvalidated:
		return &c.invalidated
	case UnstoredHeld:
		return &c.held
	case UnstoredUnavailable:
		return &c.unavailable
	case UnstoredFailed:
		return &c.failed
	case UnstoredDeclined:
		return &c.declined
	default:
		return &c.endedLoad
	}
}

// unstored counts a result that is not stored, and calls OnUnstored.
func (f *Function[K, V]) unstored(ctx context.Context, why Unstored) {
	f.counts.unstored(why).Add(1)
	if f.opts.OnUnstored != nil {
		f.opts.OnUnstored(ctx, why)
	}
}

// count counts a failure of the cache, and calls OnCacheError. With Options.Strict it returns err as the error of the
// call, and otherwise nil.
func (f *Function[K, V]) count(ctx context.Context, err error) error {
	if isNews(err) {
		f.counts.errors.Add(1)
		if f.opts.OnCacheError != nil {
			f.opts.OnCacheError(ctx, apart(err))
		}
	}
	if f.opts.Strict {
		return apart(err)
	}
	return nil
}

// mention is count for a failure that no call can return. If OnCacheError panics, nobody is left who could hear of that, so
// the panic ends there: it must not end the process.
func (f *Function[K, V]) mention(ctx context.Context, err error) {
	defer func() { _ = recover() }()
	_ = f.count(ctx, err) // as above
}

// corrupt counts a corrupt entry, and calls OnCacheError. The call goes on even with Options.Strict, because the loaded
// value replaces the entry.
func (f *Function[K, V]) corrupt(ctx context.Context, err error) {
	f.counts.corrupt.Add(1)
	_ = f.count(ctx, err) // as the comment above says
}

// stats returns the counters of f.
func (f *Function[K, V]) stats() ctxcache.Stats {
	c := &f.counts
	return ctxcache.Stats{
		Name:       f.opts.name(),
		Loads:      c.loads.Load(),
		Joined:     c.joined.Load(),
		Overdue:    f.overdue.total.Load(),
		Stale:      c.stale.Load(),
		Errors:     c.errors.Load(),
		LoadErrors: c.loadErrors.Load(),
		Corrupt:    c.corrupt.Load(),
		Timeouts:   c.timeouts.Load(),
		Late:       c.late.Load(),
		Unstored: ctxcache.Unstored{
			Invalidated: c.invalidated.Load(),
			Held:        c.held.Load(),
			Unavailable: c.unavailable.Load(),
			Failed:      c.failed.Load(),
			Declined:    c.declined.Load(),
			Ended:       c.endedLoad.Load(),
		},
		Entries: -1,
	}
}
