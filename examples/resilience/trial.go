package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	callers  = 1000
	keys     = 10
	interval = 2 * time.Millisecond   // between two callers
	deadline = 250 * time.Millisecond // how long a caller waits
)

// outcome is what happened in a trial.
type outcome struct {
	source, protection string

	calls  []call          // in the order in which the callers came
	loads  []time.Duration // when each load began, since the source has broken
	atOnce int             // the largest number of loads at the same time
}

// call is what happened to one caller.
type call struct {
	came  time.Duration // since the source has broken
	took  time.Duration
	age   time.Duration // of the value, since its load
	stale bool
	err   error // nil if the caller got a value
}

// runTrials makes a trial of each failure with each kind of protection, all at the same time.
func runTrials(ctx context.Context) ([]*outcome, error) {
	outcomes := make([]*outcome, 0, len(failures)*len(protections))
	var trials sync.WaitGroup
	errs := make([]error, cap(outcomes))
	for _, f := range failures {
		for _, p := range protections {
			o := &outcome{source: f.name, protection: p.name, calls: make([]call, callers)}
			i := len(outcomes)
			outcomes = append(outcomes, o)
			trials.Go(func() {
				s := &source{fails: f}
				errs[i] = o.run(ctx, s, p.over(s))
			})
		}
	}
	trials.Wait()
	return outcomes, errors.Join(errs...)
}

// run fills the cache, breaks the source, and lets the callers come. It returns an error if callers failed in a way
// that is not a part of the trial.
func (o *outcome) run(ctx context.Context, s *source, g guard) (err error) {
	defer func() { err = errors.Join(err, g.close(ctx)) }()
	if err := fill(ctx, g); err != nil {
		return err
	}
	s.breakDown()
	o.letCome(ctx, g)
	o.loads, o.atOnce = s.seen()
	for _, c := range o.calls {
		if c.err != nil && !errors.Is(c.err, errDown) && !errors.Is(c.err, context.DeadlineExceeded) {
			return fmt.Errorf("%s, %s: %w", o.source, o.protection, c.err)
		}
	}
	return ctx.Err()
}

// fill gets all keys at the same time.
func fill(ctx context.Context, g guard) error {
	var gets sync.WaitGroup
	errs := make([]error, keys)
	for i := range keys {
		gets.Go(func() { _, _, errs[i] = g.get(ctx, keyOf(i)) })
	}
	gets.Wait()
	return errors.Join(errs...)
}

// letCome lets the callers come one after the other. It returns when the last one has left.
func (o *outcome) letCome(ctx context.Context, g guard) {
	start := time.Now()
	var running sync.WaitGroup
	defer running.Wait()
	for i := range callers {
		if sleep(ctx, time.Until(start.Add(time.Duration(i)*interval))) != nil {
			return
		}
		running.Go(func() { o.calls[i] = ask(ctx, g, keyOf(i), start) })
	}
}

// ask is one caller.
func ask(ctx context.Context, g guard, key string, start time.Time) call {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	began := time.Now()
	value, stale, err := g.get(ctx, key)
	end := time.Now()
	c := call{came: began.Sub(start), took: end.Sub(began), stale: stale, err: err}
	if err == nil {
		c.age = end.Sub(value.Loaded)
	}
	return c
}

// keyOf returns the key of a caller.
func keyOf(caller int) string { return fmt.Sprint("key ", caller%keys) }

// answered returns how many callers got a value, and how many of them got a stale one.
func (o *outcome) answered() (all, stale int) {
	for _, c := range o.calls {
		if c.err == nil {
			all++
		}
		if c.stale {
			stale++
		}
	}
	return all, stale
}

// oldest returns the age of the oldest answer.
func (o *outcome) oldest() (age time.Duration) {
	for _, c := range o.calls {
		age = max(age, c.age)
	}
	return age
}

// slowest returns how long the slowest caller waited.
func (o *outcome) slowest() (took time.Duration) {
	for _, c := range o.calls {
		took = max(took, c.took)
	}
	return took
}
