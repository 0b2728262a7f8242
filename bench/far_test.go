package bench_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// far is a cache in Redis, and a bare client of the same server for comparison. Both have connections of their own.
type far struct {
	ctx    context.Context // can end, as the context of a request
	bare   *redis.Client
	cache  *rediscache.Cache
	server *redistest.Server
}

// opener makes a cache in a server. The server may share the machine: a slow answer must not count as an outage.
type opener func(tb testing.TB, server *redistest.Server) *rediscache.Cache

var patience = &rediscache.Options{ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience}

// opened is a cache with a client of its own. It reads on the goroutines of its callers.
func opened(tb testing.TB, server *redistest.Server) *rediscache.Cache {
	cache, err := rediscache.Open(server.URL(), patience)
	if err != nil {
		tb.Fatal(err)
	}
	return cache
}

// newOver is a cache over a client of its user. Each call has a goroutine of its own, so that callers can leave.
func newOver(tb testing.TB, server *redistest.Server) *rediscache.Cache {
	return rediscache.New(server.Client(tb), patience)
}

// both runs a benchmark with both ways to make a cache. A cache over a client of its user has New in its name.
func both(b *testing.B, name string, run func(b *testing.B, open opener)) {
	b.Helper()
	b.Run(name, func(b *testing.B) { run(b, opened) })
	b.Run("New/"+name, func(b *testing.B) { run(b, newOver) })
}

// newFar starts a server. The cache has stored a value of this size under each of keys.
func newFar(tb testing.TB, open opener, size int, keys ...string) far {
	tb.Helper()
	if testing.Short() {
		tb.Skip("needs a server")
	}
	server := redistest.Start(tb)
	f := far{
		ctx: tb.Context(), bare: server.Client(tb), server: server,
		cache: open(tb, server),
	}
	tb.Cleanup(func() {
		if err := f.cache.Close(); err != nil {
			tb.Error(err)
		}
	})
	for _, key := range keys {
		if err := f.cache.Set(f.ctx, key, make([]byte, size), time.Hour); err != nil {
			tb.Fatal(err)
		}
	}
	return f
}

// compare measures two functions in turns, so that both meet the same load of the machine. Each turn calls a function
// calls times on each of so many goroutines. It reports the time of a call, and how fast ours is in parts of bare's speed.
func compare(b *testing.B, goroutines, calls int, bare, ours func() error) {
	b.Helper()
	turn := func(fn func() error) time.Duration {
		began := time.Now()
		var all sync.WaitGroup
		for range goroutines {
			all.Go(func() {
				for range calls {
					if err := fn(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		return time.Since(began)
	}
	turn(bare) // so that the connections are there
	turn(ours)
	var spentBare, spentOurs time.Duration
	b.ReportAllocs()
	for b.Loop() {
		spentBare += turn(bare)
		spentOurs += turn(ours)
	}
	count := float64(b.N * goroutines * calls)
	b.ReportMetric(float64(spentBare.Nanoseconds())/count, "bare-ns/call")
	b.ReportMetric(float64(spentOurs.Nanoseconds())/count, "cached-ns/call")
	b.ReportMetric(spentBare.Seconds()/spentOurs.Seconds(), "of-bare")
	if goroutines == 1 {
		b.ReportMetric(testing.AllocsPerRun(100, func() { _ = bare() }), "bare-allocs/call")   // bare has succeeded before
		b.ReportMetric(testing.AllocsPerRun(100, func() { _ = ours() }), "cached-allocs/call") // and so has ours
	}
}

func BenchmarkFarGet(b *testing.B) {
	for _, goroutines := range []int{1, 8, 64} {
		both(b, fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B, open opener) {
			f := newFar(b, open, 100, key)
			compare(b, goroutines, 100,
				func() error { return f.bare.Get(f.ctx, key).Err() },
				func() error {
					_, err := f.cache.Get(f.ctx, key)
					return err
				})
		})
	}
}

func BenchmarkFarSet(b *testing.B) {
	for _, goroutines := range []int{1, 64} {
		b.Run(fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B) {
			f := newFar(b, opened, 100)
			value := make([]byte, 100)
			compare(b, goroutines, 100,
				func() error { return f.bare.Set(f.ctx, key, value, time.Hour).Err() },
				func() error { return f.cache.Set(f.ctx, key, value, time.Hour) })
		})
	}
}

func BenchmarkFarGetMany(b *testing.B) {
	hundred := make([]string, 100)
	for i := range hundred {
		hundred[i] = fmt.Sprintf("user:%d", i)
	}
	for name, read := range map[string]func(f far) (int, error){
		"values": func(f far) (int, error) {
			found, err := ctxcache.GetMany(f.ctx, f.cache, hundred)
			return len(found), err
		},
		"entries": func(f far) (int, error) {
			found, err := ctxcache.GetEntries(f.ctx, f.cache, hundred)
			return len(found), err
		},
	} {
		both(b, name, func(b *testing.B, open opener) {
			f := newFar(b, open, 100, hundred...)
			compare(b, 1, 20, func() error { return f.bare.MGet(f.ctx, hundred...).Err() }, func() error {
				found, err := read(f)
				return all(found, len(hundred), err)
			})
		})
	}
}

// all returns err, or an error if not all keys were found.
func all(found, asked int, err error) error {
	if err == nil && found != asked {
		err = fmt.Errorf("found %d of %d", found, asked)
	}
	return err
}

func BenchmarkFarGetEntry(b *testing.B) {
	for _, size := range []int{100, 1 << 20} {
		both(b, fmt.Sprintf("bytes=%d", size), func(b *testing.B, open opener) {
			f := newFar(b, open, size, key)
			bare := func() error { return f.bare.Get(f.ctx, key).Err() }
			ours := func() error {
				_, err := f.cache.GetEntry(f.ctx, key)
				return err
			}
			compare(b, 1, 20, bare, ours)
			f.compareServer(b, bare, ours)
		})
	}
}

// compareServer reports how much time of the server ours takes, in parts of bare's.
func (f far) compareServer(b *testing.B, bare, ours func() error) {
	b.Helper()
	const turns, calls = 10, 20
	var spent [2]float64
	for range turns {
		for i, fn := range []func() error{bare, ours} {
			before := f.server.CPU(b)
			for range calls {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
			spent[i] += f.server.CPU(b) - before
		}
	}
	b.ReportMetric(spent[1]/spent[0], "server-of-bare")
}

// BenchmarkFarRefresh measures a lease on a present key, from the grant to the fill.
func BenchmarkFarRefresh(b *testing.B) {
	for _, size := range []int{1 << 20, 64 << 20} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			f := newFar(b, opened, size, key)
			value := make([]byte, size)
			var spentGrant, spentFill time.Duration
			before := f.server.CPU(b)
			for b.Loop() {
				began := time.Now()
				_, lease, err := f.cache.GetLease(f.ctx, key, ctxcache.NoExpiry)
				if err != nil {
					b.Fatal(err)
				}
				spentGrant += time.Since(began)
				began = time.Now()
				value[0]++
				if err := f.cache.Fill(f.ctx, key, lease, ctxcache.NewEntry(value, time.Hour)); err != nil {
					b.Fatal(err)
				}
				spentFill += time.Since(began)
			}
			count := float64(b.N)
			b.ReportMetric(float64(spentGrant.Microseconds())/count, "grant-µs/op")
			b.ReportMetric(float64(spentFill.Microseconds())/count, "fill-µs/op")
			b.ReportMetric((f.server.CPU(b)-before)*1e6/count, "server-µs/op")
		})
	}
}
