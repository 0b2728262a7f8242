package bench_test

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// plainMap is a cache that must not be used by two goroutines at once.
type plainMap map[string]string

func newPlainMap() ctxcache.Cache[string, string] { return plainMap{} }

func (m plainMap) Get(_ context.Context, key string) (string, error) {
	if value, ok := m[key]; ok {
		return value, nil
	}
	return "", ctxcache.ErrMiss
}

func (m plainMap) Set(_ context.Context, key, value string, _ time.Duration) error {
	m[key] = value
	return nil
}

func (m plainMap) Delete(_ context.Context, key string) error {
	delete(m, key)
	return nil
}

// mutexed is a cache under a single mutex, as written by hand.
type mutexed struct {
	mu    sync.Mutex
	inner ctxcache.Cache[string, string]
}

func (c *mutexed) Get(ctx context.Context, key string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner.Get(ctx, key)
}

func (c *mutexed) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner.Set(ctx, key, value, ttl)
}

func (c *mutexed) Delete(ctx context.Context, key string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner.Delete(ctx, key)
}

// BenchmarkLocked measures two goroutines that read, and write every tenth time, through several kinds of locks.
// Operations on a map take very little time, so this measures the cost of the locks. It does not measure the gain of
// shards over a slow cache. Locked also does more than the mutex here: it checks the context and the key, and finds the
// shard.
func BenchmarkLocked(b *testing.B) {
	const goroutines, keys = 2, 1024
	names := make([]string, keys)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	for _, lock := range []struct {
		name  string
		build func() ctxcache.Cache[string, string]
	}{
		{"mutex", func() ctxcache.Cache[string, string] { return &mutexed{inner: newPlainMap()} }},
		{"locked-1", func() ctxcache.Cache[string, string] { return layers.Locked(1, newPlainMap) }},
		{"locked-16", func() ctxcache.Cache[string, string] { return layers.Locked(16, newPlainMap) }},
	} {
		b.Run("lock="+lock.name, func(b *testing.B) {
			c := lock.build()
			ctx := context.Background()
			for _, name := range names {
				if err := c.Set(ctx, name, "value", 0); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			var done sync.WaitGroup
			for g := range goroutines {
				done.Go(func() { readAndWrite(b, c, names, b.N/goroutines, g*keys/goroutines) })
			}
			done.Wait()
		})
	}
}

// readAndWrite uses c n times, with the keys of names in turn, and begins with number first.
func readAndWrite(b *testing.B, c ctxcache.Cache[string, string], names []string, n, first int) {
	ctx := context.Background()
	for i := range n {
		name := names[(first+i*7)%len(names)]
		var err error
		if i%10 == 0 {
			err = c.Set(ctx, name, "value", 0)
		} else {
			_, err = c.Get(ctx, name)
		}
		if err != nil {
			b.Error(err)
			return
		}
	}
}

// slowMap is a plainMap whose Get takes a while.
type slowMap struct {
	ctxcache.Cache[string, string]
	wait func()
}

func (m slowMap) Get(ctx context.Context, key string) (string, error) {
	m.wait()
	return m.Cache.Get(ctx, key)
}

// BenchmarkLockedWait measures how long a caller waits for a lock that another goroutine takes again as soon as it has
// unlocked it. It runs the same program with a mutex and with Locked, in turns, and reports the mean and the longest
// wait with each. With an unfair lock the longest wait may be thousands of times as long.
func BenchmarkLockedWait(b *testing.B) {
	for _, hold := range []struct {
		name string
		wait func()
	}{
		{"sleep=1ms", func() { time.Sleep(time.Millisecond) }},
		{"spin=50us", func() {
			for began := time.Now(); time.Since(began) < 50*time.Microsecond; {
				runtime.Gosched()
			}
		}},
	} {
		b.Run("hold/"+hold.name, func(b *testing.B) {
			build := func() ctxcache.Cache[string, string] {
				return slowMap{plainMap{key: "value"}, hold.wait}
			}
			var mutex, locked waits
			for b.Loop() {
				mutex.measure(b, &mutexed{inner: build()})
				locked.measure(b, layers.Locked(1, build))
			}
			mutex.report(b, "mutex")
			locked.report(b, "locked")
			b.ReportMetric(float64(locked.longest)/float64(mutex.longest), "longest-of-mutex")
		})
	}
}

// waits are the waits of one caller for a lock.
type waits struct {
	count        int
	sum, longest time.Duration
}

// measure adds 100 waits for c, while another goroutine calls c all the time.
func (w *waits) measure(b *testing.B, c ctxcache.Cache[string, string]) {
	ctx := b.Context()
	get := func() {
		if _, err := c.Get(ctx, key); err != nil {
			b.Error(err)
		}
	}
	stop := make(chan struct{})
	var other sync.WaitGroup
	other.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				get()
			}
		}
	})
	for range 100 {
		began := time.Now()
		get()
		took := time.Since(began)
		w.count, w.sum, w.longest = w.count+1, w.sum+took, max(w.longest, took)
	}
	close(stop)
	other.Wait()
}

func (w *waits) report(b *testing.B, name string) {
	b.ReportMetric(float64(w.sum.Microseconds())/float64(w.count), name+"-mean-µs")
	b.ReportMetric(float64(w.longest.Microseconds()), name+"-longest-µs")
}
