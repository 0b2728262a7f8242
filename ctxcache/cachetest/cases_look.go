package cachetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// lookCases are about rule 2. A call that took a lock first would wait for the lock, even with a done context.
func lookCases() []Case {
	lone := slices.DeleteFunc(slices.Clone(trials), func(t trial) bool { return t.spends() || t.operation == ctxcache.OpWatch })
	cases := per(lone, "Context/First", "a call looks at its context before it takes a lock", 0, func(p *probe, t trial) {
		p.set(held, "old")
		call := t.prepare(p)
		done, cancel := context.WithCancel(p.ctx)
		cancel()
		written := make(chan error, 1)
		stuck := false
		looked := &observedContext{Context: done, first: func() { // others can write while the call looks at its context
			go func() { written <- p.cache.Set(p.ctx, held, []byte("old"), hour) }()
			select {
			case err := <-written:
				written <- err
			case <-time.After(p.patience):
				stuck = true
			}
		}}
		p.is(call(looked), done.Err(), string(t.operation)+" with a done context")
		if !looked.seen() {
			p.stops("%s does not look at its context", t.operation)
		}
		p.ok(<-written, "Set, while "+string(t.operation)+" looks at its context")
		if stuck {
			p.stops("%s keeps others from writing while it looks at its context: it has a lock already", t.operation)
		}
	})
	for i := range cases {
		cases[i].real = true
	}
	return cases
}

// observedContext calls first when it is looked at for the first time.
type observedContext struct {
	context.Context
	first func()
	once  sync.Once
	mu    sync.Mutex
	was   bool
}

func (c *observedContext) look() {
	c.once.Do(func() {
		c.mu.Lock()
		c.was = true
		c.mu.Unlock()
		c.first()
	})
}

func (c *observedContext) seen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.was
}

func (c *observedContext) Err() error {
	c.look()
	return c.Context.Err()
}

func (c *observedContext) Done() <-chan struct{} {
	c.look()
	return c.Context.Done()
}
