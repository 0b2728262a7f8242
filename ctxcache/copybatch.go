package ctxcache

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// copying is one run of Copy.
type copying[K comparable, V any] struct {
	dst, src Cache[K, V]
	caps     Cap // of dst
	options  CopyOptions
	size     int // of a batch
	pace     pace

	counts CopyCounts
	failed map[K]error
	ofDst  inARow
	ofSrc  inARow
}

// inARow is how many keys have failed in one cache since the last one that the cache has answered.
type inARow int

// stopAfter is how many keys in a row may fail. Fewer might fail for reasons of their own.
const stopAfter = 100

func newCopying[K comparable, V any](dst, src Cache[K, V], options *CopyOptions) *copying[K, V] {
	c := &copying[K, V]{dst: dst, src: src, caps: Supports(dst), failed: make(map[K]error)}
	if options != nil {
		c.options = *options
	}
	c.size = c.options.Batch
	if c.size == 0 {
		c.size = 100
	}
	if perSecond := c.options.PerSecond; perSecond > 0 {
		c.size = max(1, min(c.size, perSecond/10)) // so that the servers are not hit by bursts
		c.pace.perSecond = perSecond
	}
	return c
}

// next copies a batch when it is its turn. An error means that Copy must stop.
func (c *copying[K, V]) next(ctx context.Context, keys []K) error {
	if err := c.pace.wait(ctx, len(keys)); err != nil {
		return err
	}
	batch := c.bySet
	if c.caps.Has(CapLease) {
		batch = c.byLease
	}
	if err := batch(ctx, keys); err != nil {
		return err
	}
	if c.ofDst >= stopAfter || c.ofSrc >= stopAfter {
		return errInARow
	}
	if c.options.Progress != nil {
		c.options.Progress(c.counts)
	}
	return nil
}

// byLease copies keys to a dst that grants leases.
func (c *copying[K, V]) byLease(ctx context.Context, keys []K) (err error) {
	due := time.Duration(0)
	if c.options.Overwrite {
		due = NoExpiry
	}
	_, leases, err := GetLeases(ctx, c.dst, keys, due)
	defer func() {
		if failed := c.release(ctx, leases); err == nil && aboutCall[K](failed) {
			err = failed // a lease that cannot be given back runs out by itself
		}
	}()
	if aboutCall[K](err) {
		return err
	}
	granted := make([]K, 0, len(leases))
	for _, key := range keys {
		lease, isDue := leases[key]
		switch failure := KeyError(err, key); {
		case lease.Local(): // the copy would be in this process alone, and for a short time
			c.fail(&c.ofDst, key, ErrUnavailable)
		case lease.Granted(): // even on a corrupt entry, which the copy replaces
			granted = append(granted, key)
		case failure != nil:
			c.fail(&c.ofDst, key, failure)
		case isDue && lease.Refusal() == Unavailable:
			c.fail(&c.ofDst, key, ErrUnavailable)
		case isDue:
			c.counts.Skipped++
		default:
			c.counts.Present++
			c.ofDst = 0
		}
	}
	// After the grants: a value that was read before might have been overwritten and deleted in dst since.
	entries, err := c.read(ctx, granted)
	if err != nil {
		return err
	}
	return c.store(entries, func(entries map[K]Entry[V]) error {
		return FillMany(ctx, c.dst, entries, leases)
	}, func(key K) { delete(leases, key) })
}

// release gives back the leases that were not used, even if ctx is done, so that others can fill the keys at once. A fill
// whose outcome is unknown needs no more than that: either it has stored a good copy, or its lease has ended.
func (c *copying[K, V]) release(ctx context.Context, leases map[K]Lease) error {
	for key, lease := range leases {
		if !lease.Granted() {
			delete(leases, key)
		}
	}
	if len(leases) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	return UnlessLost[K](ReleaseMany(ctx, c.dst, leases))
}

// bySet copies keys to a dst without leases.
func (c *copying[K, V]) bySet(ctx context.Context, keys []K) error {
	entries, err := c.read(ctx, keys)
	if err != nil {
		return err
	}
	if !c.options.Overwrite {
		if err := c.leaveOut(ctx, entries); err != nil {
			return err
		}
	}
	return c.store(entries, func(entries map[K]Entry[V]) error {
		return SetEntries(ctx, c.dst, entries)
	}, func(K) {})
}

// leaveOut removes the entries that dst has already.
func (c *copying[K, V]) leaveOut(ctx context.Context, entries map[K]Entry[V]) error {
	if len(entries) == 0 {
		return nil
	}
	keys := make([]K, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	present, err := GetEntries(ctx, c.dst, keys)
	if aboutCall[K](err) {
		return err
	}
	for _, key := range keys {
		_, has := present[key]
		switch failure := KeyError(err, key); {
		case has:
			c.counts.Present++
			c.ofDst = 0
		case failure != nil && !isCorrupt(failure): // the copy replaces a corrupt entry
			c.fail(&c.ofDst, key, failure)
		default:
			continue
		}
		delete(entries, key)
	}
	return nil
}

// fail records that key was not copied, because one of the caches, which row is about, has failed.
func (c *copying[K, V]) fail(row *inARow, key K, err error) {
	c.failed[key] = err
	c.counts.Failed++
	*row++
	for _, answer := range []error{ErrKey, ErrValue, ErrTTL, ErrCorrupt} {
		if errors.Is(err, answer) {
			*row = 0
		}
	}
}

// errInARow stops Copy. Its caller gets the errors of the keys instead.
var errInARow = errors.New("too many keys in a row failed")

// ended returns the result of Copy if it ends by stop, which may be nil.
func (c *copying[K, V]) ended(ctx context.Context, stop error) (CopyCounts, error) {
	failed := NewManyError(c.failed)
	switch {
	case stop == nil:
		return c.counts, failed
	case stop == errInARow:
		return c.counts, fmt.Errorf("copy stopped: %w", failed)
	case ctx.Err() != nil:
		return c.counts, ctx.Err()
	case failed == nil:
		return c.counts, stop
	}
	return c.counts, fmt.Errorf("%w; before that, %w", stop, failed)
}

// aboutCall reports whether err is about a call for many keys, and not about some of the keys.
func aboutCall[K comparable](err error) bool {
	if err == nil {
		return false
	}
	_, some := errors.AsType[*ManyError[K]](err)
	return !some
}
