package twolevel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// actor is a process of a scenario. It records what it does to the cache.
type actor struct {
	scheduler *scheduler
	process   process
}

// event is one call: a write of a value, or a read that found it. The value 0 means no value, and a deletion writes 0.
// The times are in steps. A call begins with its first step, because nothing that it does before has an effect on
// others.
type event struct {
	process    process
	write      bool
	value      int
	begin, end int
	failed     bool // the call may have happened or not
	ended      bool

	leased bool // the call ends a lease: a fill, or a release (which neither reads nor writes)
	since  int  // when the lease was granted; the loaded value is not newer than that
}

// perform calls call and records it as e.
func (a *actor) perform(e *event, call func() (found int, err error)) error {
	s := a.scheduler
	s.mu.Lock()
	e.process = a.process
	e.since = s.steps
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
	if err == ctxcache.ErrLeaseLost { // the call certainly did not happen
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

// load does what a cached function does on a miss: it takes the lease, loads value, and fills. A fill that lost its
// lease wrote nothing. After a fill that failed otherwise it calls Drop, which is a deletion if the lease still stands.
func (a *actor) load(ctx context.Context, c ctxcache.Cache[string, int], value int) error {
	_, lease, err := ctxcache.GetLease(ctx, c, "k", ctxcache.NoExpiry)
	if !lease.Granted() {
		if err == ctxcache.ErrMiss { // another process loads
			err = nil
		}
		return err
	}
	err = a.perform(&event{write: true, leased: true, value: value}, func() (int, error) {
		return 0, ctxcache.Fill(ctx, c, "k", lease, ctxcache.NewEntry(value, ctxcache.NoExpiry))
	})
	switch err {
	case nil, ctxcache.ErrLeaseLost:
		return nil
	}
	dropped := a.perform(&event{write: true}, func() (int, error) {
		return 0, ctxcache.Drop(context.WithoutCancel(ctx), c, "k", lease)
	})
	if dropped != ctxcache.ErrLeaseLost {
		err = errors.Join(err, dropped)
	}
	return err
}

// loadNothing does what a cached function does if the result of a load must not be stored. A release that succeeds
// proves that nobody has written meanwhile.
func (a *actor) loadNothing(ctx context.Context, c ctxcache.Cache[string, int]) error {
	_, lease, err := ctxcache.GetLease(ctx, c, "k", ctxcache.NoExpiry)
	if !lease.Granted() {
		if err == ctxcache.ErrMiss { // another process loads
			err = nil
		}
		return err
	}
	err = a.perform(&event{leased: true}, func() (int, error) { return 0, ctxcache.Release(ctx, c, "k", lease) })
	if err == ctxcache.ErrLeaseLost {
		err = nil
	}
	return err
}

// checkLeases returns an error if a fill or a release succeeded although the key was written after the lease was
// granted.
func checkLeases(events []*event) error {
	for _, e := range events {
		for _, w := range events {
			if e.leased && !e.failed && w.write && !w.failed && w.begin > e.since && w.end < e.begin {
				return fmt.Errorf("process %d kept a lease of %d, granted before %d was written", e.process, e.value, w.value)
			}
		}
	}
	return nil
}

// checkReads returns an error if a read found a value that nobody had begun to write yet, or a value that another write
// had replaced before the read began.
func checkReads(initial int, events []*event) error {
	writes := []*event{{write: true, value: initial}}
	for _, e := range events {
		if e.write {
			writes = append(writes, e)
		}
	}
	for _, read := range events {
		if !read.write && !read.leased && !read.failed && !readable(read, writes) {
			return fmt.Errorf("process %d read %d, which is older than a value written before it began", read.process, read.value)
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

// replaced reports whether another write followed w and ended before read began.
func replaced(w, read *event, writes []*event) bool {
	for _, later := range writes {
		if !later.failed && later.begin > w.end && later.end < read.begin {
			return true
		}
	}
	return false
}

// checkLevels returns an error if near has a value that far does not have, or if a lease was left behind in near.
func checkLevels(ctx context.Context, near, far ctxcache.Cache[string, int]) error {
	there, lease, err := ctxcache.GetLease(ctx, near, "k", ctxcache.NoExpiry)
	switch {
	case !lease.Granted():
		return fmt.Errorf("near's lease was left behind: %v", err)
	case err == ctxcache.ErrMiss:
		return ctxcache.Release(ctx, near, "k", lease)
	case err != nil:
		return err
	}
	if value, err := far.Get(ctx, "k"); err != nil || value != there.Value {
		return fmt.Errorf("near has %d, far has %d, %w", there.Value, value, errApart)
	}
	return ctxcache.Release(ctx, near, "k", lease)
}

var errApart = errors.New("near and far are apart")
