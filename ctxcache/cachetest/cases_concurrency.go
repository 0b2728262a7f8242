package cachetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// crowd is how many goroutines call a cache at once.
const crowd = 8

// crowded runs f on many goroutines at once, and returns their first error.
func crowded(f func(i int) error) error { return concurrently(crowd, f) }

// concurrently runs f on n goroutines at once, and returns their first error.
func concurrently(n int, f func(i int) error) error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = f(i) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// concurrencyCases are about rule 6. Run them with the race detector.
func concurrencyCases() []Case {
	return []Case{
		{
			Name: "Concurrency/OwnKeys",
			Rule: "concurrent writes of different keys do not lose one another",
			run: func(p *probe) {
				const each = 8
				p.ok(crowded(func(i int) error {
					for j := range each {
						key := fmt.Sprintf("key-%d-%d", i, j)
						if err := p.cache.Set(p.ctx, key, []byte(key), hour); err != nil {
							return err
						}
					}
					return nil
				}), "Set")
				for i := range crowd {
					for j := range each {
						key := fmt.Sprintf("key-%d-%d", i, j)
						p.holds(key, key)
					}
				}
			},
		},
		{
			Name: "Concurrency/OneKey",
			Rule: "a value that is read while others write it is one of the written values, and is whole",
			run: func(p *probe) {
				p.ok(crowded(func(i int) error {
					written := fmt.Appendf(nil, "%064d", i)
					for range 20 {
						if err := p.cache.Set(p.ctx, "key", written, hour); err != nil {
							return err
						}
						got, err := p.cache.Get(p.ctx, "key")
						if err != nil {
							return err
						}
						if i, err := strconv.Atoi(string(got)); err != nil || len(got) != 64 || i >= crowd {
							return fmt.Errorf("read %s, which nobody wrote", brief(got))
						}
					}
					return nil
				}), "Set and Get")
			},
		},
		{
			Name: "Concurrency/AllOperations",
			Rule: "all methods may be called concurrently",
			run:  runAllOperations,
		},
		{
			Name:  "Concurrency/Remove",
			Rule:  "only one of several concurrent calls of Remove deletes the value",
			needs: ctxcache.CapRemove,
			run: func(p *probe) {
				for range 10 {
					p.set("key", "value")
					removed := make([]bool, crowd)
					p.ok(crowded(func(i int) (err error) {
						removed[i], err = ctxcache.Remove(p.ctx, p.cache, "key")
						return err
					}), "Remove")
					if n := count(removed); n != 1 {
						p.stops("%d of %d concurrent calls of Remove report that there was a value, want 1", n, crowd)
					}
				}
			},
		},
	}
}

func count(flags []bool) int {
	n := 0
	for _, set := range flags {
		if set {
			n++
		}
	}
	return n
}

// runAllOperations makes every operation that needs no lease, on every goroutine. Other cases check the answers. This
// one checks that no operation fails, and that there is no data race.
func runAllOperations(p *probe) {
	p.set(held, "value")
	var calls []func() error
	for _, t := range trials {
		if fits(p.caps, t.needs) && !t.spends() && t.operation != ctxcache.OpWatch {
			call := t.prepare(p)
			calls = append(calls, func() error {
				err := call(p.ctx)
				if err == nil || errors.Is(err, ctxcache.ErrMiss) {
					return nil
				}
				return fmt.Errorf("%s: %w", t.operation, err)
			})
		}
	}
	p.ok(crowded(func(i int) error {
		for round := range 10 * len(calls) {
			if err := calls[(i+round)%len(calls)](); err != nil {
				return err
			}
		}
		return nil
	}), "operations at the same time")
}
