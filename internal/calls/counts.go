package calls

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Counts are the counters of one cache. A network call takes much longer than a contended counter, so plain atomics do.
// The methods may be called concurrently.
type Counts struct {
	tests, hits, negatives, misses, failedReads atomic.Uint64
	writes, deletes, errors                     atomic.Uint64
	fillsLost, corrupt                          atomic.Uint64
	timeouts, late                              atomic.Uint64
	slowest                                     atomic.Int64 // the longest that a late answer took, in ns
}

// Read counts one key that was read, by the error of the call.
func (c *Counts) Read(err error) {
	switch err {
	case nil:
		c.hits.Add(1)
	case ctxcache.ErrMiss:
		c.misses.Add(1)
	case ctxcache.ErrNotFound:
		c.negatives.Add(1)
	default:
		c.failedReads.Add(1)
		c.failed(err)
	}
}

// ReadMany counts the keys of one call that read asked different keys. It found that many values and negative entries. Err
// is the error of the call.
func (c *Counts) ReadMany(asked, values, negatives int, err error) {
	many, some := errors.AsType[*ctxcache.ManyError[string]](err)
	if err != nil && !some {
		c.failedReads.Add(uint64(asked))
		c.failed(err)
		return
	}
	c.hits.Add(uint64(values))
	c.negatives.Add(uint64(negatives))
	c.misses.Add(uint64(asked - values - negatives - c.failedMany(many)))
	c.failedReads.Add(uint64(failedKeys(many)))
}

// Leased counts a GetLease, which is a read if it is the first one.
func (c *Counts) Leased(ctx context.Context, err error) {
	if ctxcache.CountsAsRead(ctx) {
		c.Read(err)
		return
	}
	c.failed(err)
}

// LeasedMany is Leased for a GetLeases. The numbers are as in ReadMany.
func (c *Counts) LeasedMany(ctx context.Context, asked, values, negatives int, err error) {
	if ctxcache.CountsAsRead(ctx) {
		c.ReadMany(asked, values, negatives, err)
		return
	}
	c.Failed(err)
}

// Tested counts one Contains.
func (c *Counts) Tested(err error) {
	c.tests.Add(1)
	c.failed(err)
}

// Wrote counts the keys that a call with this error has written, out of n.
func (c *Counts) Wrote(n int, err error) { c.changed(&c.writes, n, err) }

// Deleted counts the keys that a call with this error has deleted, out of n.
func (c *Counts) Deleted(n int, err error) { c.changed(&c.deletes, n, err) }

func (c *Counts) changed(counter *atomic.Uint64, n int, err error) {
	many, some := errors.AsType[*ctxcache.ManyError[string]](err)
	switch {
	case err == nil:
		counter.Add(uint64(n))
	case some:
		counter.Add(uint64(n - c.failedMany(many)))
	default:
		c.failed(err)
	}
}

// Failed counts the error of any other call.
func (c *Counts) Failed(err error) {
	if many, some := errors.AsType[*ctxcache.ManyError[string]](err); some {
		c.failedMany(many)
		return
	}
	c.failed(err)
}

// failedMany counts the errors of keys, and returns how many there are. Many may be nil.
func (c *Counts) failedMany(many *ctxcache.ManyError[string]) int {
	if many != nil {
		for _, err := range many.Failed {
			c.failed(err)
		}
	}
	return failedKeys(many)
}

func failedKeys(many *ctxcache.ManyError[string]) int {
	if many == nil {
		return 0
	}
	return len(many.Failed)
}

// failed counts the error of one call, or of one key.
func (c *Counts) failed(err error) {
	switch {
	case err == ctxcache.ErrLeaseLost:
		c.fillsLost.Add(1)
		return
	case err == nil, err == ctxcache.ErrMiss, err == ctxcache.ErrNotFound, err == errors.ErrUnsupported:
		return
	case errors.Is(err, context.Canceled):
		return
	case errors.Is(err, ctxcache.ErrCorrupt):
		c.corrupt.Add(1)
	}
	c.errors.Add(1)
}

// answeredLate counts an answer that came when nobody waited any more, took after the call began.
func (c *Counts) answeredLate(took time.Duration) {
	c.late.Add(1)
	for {
		slowest := c.slowest.Load()
		if int64(took) <= slowest || c.slowest.CompareAndSwap(slowest, int64(took)) {
			return
		}
	}
}

// Slowest returns the longest time that a late answer took. It is 0 without one.
func (c *Counts) Slowest() time.Duration { return time.Duration(c.slowest.Load()) }

// Stats returns the counters as those of the cache with this name.
func (c *Counts) Stats(name string) ctxcache.Stats {
	s := ctxcache.Stats{
		Name:      name,
		Tests:     c.tests.Load(),
		Hits:      c.hits.Load(),
		Negatives: c.negatives.Load(),
		Misses:    c.misses.Load(),
		Writes:    c.writes.Load(),
		Deletes:   c.deletes.Load(),
		Errors:    c.errors.Load(),
		FillsLost: c.fillsLost.Load(),
		Corrupt:   c.corrupt.Load(),
		Timeouts:  c.timeouts.Load(),
		Late:      c.late.Load(),
		Entries:   -1,
	}
	s.Reads = s.Hits + s.Negatives + s.Misses + c.failedReads.Load()
	return s
}
