//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/redis/go-redis/v9/logging"
)

var (
	rate     = flag.Int("rate", 2000, "calls a second")
	lasting  = flag.Duration("for", 0, "how long each state is measured (default 10s, and 30s with -twolevel)")
	deadline = flag.Duration("deadline", time.Second, "how long a caller waits")
	loading  = flag.Duration("source", 5*time.Millisecond, "how long a load takes")
	keys     = flag.Int("keys", 1000, "how many keys are asked for in turn")
	twoLevel = flag.Bool("twolevel", false, "put a near cache in front of a Redis, and measure windows up and down in turn")
	windows  = flag.Int("windows", 5, "how many windows up, and how many down, with -twolevel")

	hitsPerCall = flag.Int("reads", 4, "how many hot keys a caller reads with -twolevel; the last read is timed")
)

// tick is how often calls begin: as many at a time as the rate demands.
const tick = 5 * time.Millisecond

func main() {
	flag.Parse()
	logging.Disable() // go-redis prints every connection that fails
	measure := run
	if *twoLevel {
		measure = runFaults
	}
	if err := measure(); err != nil {
		log.Fatal(err)
	}
}

// runFaults runs an experiment of two levels for each fault of far.
func runFaults() (err error) {
	fmt.Println(heading)
	for _, fault := range []string{"refusing", "hung"} {
		// A program has no context above its own.
		err = errors.Join(err, runTwoLevel(context.Background(), os.Stdout, fault, *windows, cmp.Or(*lasting, 30*time.Second)))
	}
	return err
}

func run() error {
	*lasting = cmp.Or(*lasting, 10*time.Second)
	fmt.Printf("%-10s%-9s%8s%10s%9s%9s%9s%8s%7s\n", "server", "state", "calls", "answered", "median", "99 %", "slowest", "loads", "late")
	for _, kind := range []struct {
		name  string
		start func() (*server, error)
		open  func(addr string) (ctxcache.Cache[string, []byte], error)
	}{
		{"Redis", func() (*server, error) { return startRedis() }, func(addr string) (ctxcache.Cache[string, []byte], error) {
			return rediscache.Open("redis://"+addr, &rediscache.Options{Prefix: "load:"})
		}},
		{"Memcached", startMemcached, func(addr string) (ctxcache.Cache[string, []byte], error) {
			return memcached.Open(addr, &memcached.Options{Prefix: "load:"})
		}},
	} {
		for _, state := range []string{"healthy", "hung", "refusing"} {
			s, err := kind.start()
			if err != nil {
				return err
			}
			c, err := kind.open(s.addr)
			if err != nil {
				return err
			}
			if err := s.enter(state); err != nil {
				return err
			}
			fmt.Printf("%-10s%-9s%s\n", kind.name, state, measure(c))
			if err := s.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

// result is what the callers have seen.
type result struct {
	answered, loads, late int
	took                  []time.Duration
}

func (r result) String() string {
	slices.Sort(r.took)
	at := func(percent int) time.Duration { return r.took[(len(r.took)-1)*percent/100].Round(time.Millisecond) }
	answered := 100 * float64(r.answered) / float64(len(r.took))
	return fmt.Sprintf("%8d%8.2f %%%9v%9v%9v%8d%7d", len(r.took), answered, at(50), at(99), at(100), r.loads, r.late)
}

// measure calls a cached function over c, and waits for all callers.
func measure(c ctxcache.Cache[string, []byte]) result {
	var loads, running atomic.Int64
	f := cached.Func(c, func(ctx context.Context, key string) ([]byte, error) {
		loads.Add(1)
		select {
		case <-time.After(*loading):
			return []byte(key), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}, &cached.Options{TTL: time.Minute})

	var r result
	var mu sync.Mutex
	var callers sync.WaitGroup
	call := func(key string) {
		// A program has no context above its own.
		ctx, cancel := context.WithTimeout(context.Background(), *deadline)
		defer cancel()
		running.Add(1)
		began := time.Now()
		value, err := f.Get(ctx, key)
		took := time.Since(began)
		running.Add(-1)
		mu.Lock()
		defer mu.Unlock()
		r.took = append(r.took, took)
		if err == nil && string(value) == key {
			r.answered++
		}
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	begun, start := 0, time.Now()
	for now := range ticker.C {
		passed := min(now.Sub(start), *lasting)
		for due := int(passed.Seconds() * float64(*rate)); begun < due; begun++ {
			key := "key-" + strconv.Itoa(begun%*keys)
			callers.Go(func() { call(key) })
		}
		if passed == *lasting {
			break
		}
	}
	time.Sleep(*deadline) // afterwards every caller should have left
	late := running.Load()
	callers.Wait()
	r.loads, r.late = int(loads.Load()), int(late)
	return r
}
