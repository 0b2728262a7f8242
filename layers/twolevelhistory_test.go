package layers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// actor is a process of a scenario. What it does to the cache is written down.
type actor struct {
	scheduler *scheduler
	process   process
}

// event is one call: a write of a value, or a read that found it. No value is 0, which is also what a deletion
// writes. The times are in steps: a call begins when its first step is taken, for what it does before that
// nobody can tell.
type event struct {
	process    process
	write      bool
	value      int
	begin, end int
	failed     bool // it may have happened, or not
	ended      bool

	fill   bool // by a lease
	leased int  // when it was granted; the value is not newer than that
}

// perform writes down e, which call does.
func (a *actor) perform(e *event, call func() (found int, err error)) error {
	s := a.scheduler
	s.mu.Lock()
	e.process = a.process
	e.leased = s.steps
	s.events = append(s.events, e)
	s.mu.Unlock()
	found, err := call()
	s.mu.Lock()
	defer s.mu.Unlock()
	e.end = s.steps
	e.ended = true
	e.failed = err != nil
	if !e.write {
		e.value = found
	}
	if err == ctxcache.ErrLeaseLost { // this did certainly not happen
		s.events = slices.DeleteFunc(s.events, func(other *event) bool { return other == e })
	}
	return err
}

func (a *actor) set(ctx context.Context, c ctxcache.Cache[string, int], value int) error {
	return a.perform(&event{write: true, value: value}, func() (int, error) { return 0, c.Set(ctx, "k", value, ctxcache.NoExpiry) })
}

func (a *actor) delete(ctx context.Context, c ctxcache.Cache[string, int]) error {
	return a.perform(&event{write: true}, func() (int, error) { return 0, c.Delete(ctx, "k") })
}

func (a *actor) clear(ctx context.Context, c ctxcache.Cache[string, int]) error {
	return a.perform(&event{write: true}, func() (int, error) { return 0, ctxcache.Clear(ctx, c) })
}

func (a *actor) get(ctx context.Context, c ctxcache.Cache[string, int]) error {
	return a.perform(&event{}, func() (int, error) {
		value, err := c.Get(ctx, "k")
		if err == ctxcache.ErrMiss {
			err = nil
		}
		return value, err
	})
}

// load is what a cached function does on a miss: it takes the lease, loads value, and fills. A fill that lost
// its lease wrote nothing.
func (a *actor) load(ctx context.Context, c ctxcache.Cache[string, int], value int) error {
	_, lease, err := ctxcache.GetLease(ctx, c, "k", ctxcache.NoExpiry)
	if lease == nil {
		if err == ctxcache.ErrMiss { // another one loads
			err = nil
		}
		return err
	}
	err = a.perform(&event{write: true, fill: true, value: value}, func() (int, error) {
		return 0, lease.Fill(ctx, ctxcache.Entry[int]{Value: value, TTL: ctxcache.NoExpiry})
	})
	if err == ctxcache.ErrLeaseLost {
		err = nil
	}
	return errors.Join(err, lease.Release(context.WithoutCancel(ctx)))
}

// checkFills returns an error if a fill succeeded though the key was written since the lease was granted.
func checkFills(events []*event) error {
	for _, fill := range events {
		for _, w := range events {
			if fill.fill && !fill.failed && w.write && !w.failed && w.begin > fill.leased && w.end < fill.begin {
				return fmt.Errorf("process %d filled %d, loaded before %d was written", fill.process, fill.value, w.value)
			}
		}
	}
	return nil
}

// checkReads returns an error if a read that succeeded found what it must not: a value that nobody was writing
// by then, or one that another write, which ended before the read began, has replaced.
func checkReads(initial int, events []*event) error {
	writes := []*event{{write: true, value: initial}}
	for _, e := range events {
		if e.write {
			writes = append(writes, e)
		}
	}
	for _, read := range events {
		if !read.write && !read.failed && !readable(read, writes) {
			return fmt.Errorf("process %d read %d, which is older than what was written before it began", read.process, read.value)
		}
	}
	return nil
}

func readable(read *event, writes []*event) bool {
	for _, w := range writes {
		if w.value == read.value && w.begin <= read.end && !replaced(w, read, writes) {
			return true
		}
	}
	return false
}

// replaced reports whether a write followed w, and had ended before read began.
func replaced(w, read *event, writes []*event) bool {
	for _, later := range writes {
		if !later.failed && later.begin > w.end && later.end < read.begin {
			return true
		}
	}
	return false
}

// checkLevels returns an error if near has what far has not, or if a lease was left behind in near.
func checkLevels(ctx context.Context, near, far ctxcache.Cache[string, int]) error {
	there, lease, err := ctxcache.GetLease(ctx, near, "k", ctxcache.NoExpiry)
	switch {
	case lease == nil:
		return fmt.Errorf("near's lease was left behind: %v", err)
	case err == ctxcache.ErrMiss:
		return lease.Release(ctx)
	case err != nil:
		return err
	}
	if value, err := far.Get(ctx, "k"); err != nil || value != there.Value {
		return fmt.Errorf("near has %d, far has %d, %w", there.Value, value, errApart)
	}
	return lease.Release(ctx)
}

var errApart = errors.New("near and far are apart")
