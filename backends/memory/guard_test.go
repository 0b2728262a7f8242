package memory_test

import (
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// However many read and write at a time, each hit is counted once, and a reader gets what one write has stored.
func TestHitsBesideWrites(t *testing.T) {
	for _, policy := range everyPolicy() {
		t.Run(policy.String(), func(t *testing.T) {
			const readers, reads, keys = 6, 4000, 16
			c := memory.New(&memory.Options[int, [4]int]{MaxEntries: 100, Shards: 1, Policy: policy})
			ctx := t.Context()
			for key := range keys {
				mustSet(t, c, key, [4]int{}, 0)
			}
			done := make(chan struct{})
			var readersLeft, writers sync.WaitGroup
			for writer := range 2 {
				writers.Go(func() {
					for i := writer; ; i++ {
						select {
						case <-done:
							return
						default:
						}
						if err := c.Set(ctx, i%keys, [4]int{i, i, i, i}, 0); err != nil {
							t.Error(err)
						}
					}
				})
			}
			for reader := range readers {
				readersLeft.Go(func() {
					for i := range reads {
						value, err := c.Get(ctx, (i+reader)%keys)
						if err != nil || value[0] != value[3] {
							t.Errorf("Get = %v, %v", value, err)
						}
					}
				})
			}
			readersLeft.Wait()
			close(done)
			writers.Wait()
			stats, err := c.Stats(ctx)
			if err != nil || stats.Hits != readers*reads || stats.Misses != 0 {
				t.Errorf("%d hits and %d misses, %v; want %d hits", stats.Hits, stats.Misses, err, readers*reads)
			}
			mustBeSound(t, c)
		})
	}
}

// Whoever rests between two portions lets a reader and a writer pass that wait for the lock. Nearly always: Rest does not wait
// for a goroutine whose thread the system has stopped.
func TestRestLetsOthersPass(t *testing.T) {
	for name, wait := range map[string]func(g *memory.Guard, passed *bool){
		"reader": func(g *memory.Guard, passed *bool) { g.RLock(); *passed = true; g.RUnlock() },
		"writer": func(g *memory.Guard, passed *bool) { g.Lock(); *passed = true; g.Unlock() },
	} {
		const tries = 20
		inTime := 0
		for range tries {
			var g memory.Guard
			passed := false // the lock guards it
			g.Lock()
			var waiter sync.WaitGroup
			waiter.Go(func() { wait(&g, &passed) })
			g.AwaitWaiter()
			g.Unlock()
			g.Rest()
			g.Lock()
			if passed {
				inTime++
			}
			g.Unlock()
			waiter.Wait()
		}
		if inTime < tries/2 {
			t.Errorf("a %s that waited still waits in %d of %d tries", name, tries-inTime, tries)
		}
	}
}

// However many hits there are before anybody takes the lock alone, each is counted.
func TestHitsWithoutWrites(t *testing.T) {
	for _, before := range []uint64{1<<38 - 10, 1<<39 - 10} {
		var g memory.Guard
		g.AddHits(before)
		const hits = 20
		for range hits {
			g.RLock()
			g.RUnlockHit()
		}
		if got, want := g.HitCount(), before+hits; got != want {
			t.Errorf("%d hits, want %d", got, want)
		}
	}
}

// Readers that hit all at once, and all find that there are too many hits, do not wait for each other forever.
func TestManyReadersMoveTheHits(t *testing.T) {
	const before, readers, hits = 1<<39 - 1<<20, 8, 100
	var g memory.Guard
	g.AddHits(before)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			<-begin
			for range hits {
				g.RLock()
				g.RUnlockHit()
			}
		})
	}
	close(begin)
	all.Wait()
	if got, want := g.HitCount(), uint64(before+readers*hits); got != want {
		t.Errorf("%d hits, want %d", got, want)
	}
}

// A hit and a miss do not wait for other readers, whoever reads, unless the policy moves entries at a hit.
func TestReadsShareTheLock(t *testing.T) {
	for _, opts := range []memory.Options[string, int]{
		{MaxEntries: 100, Policy: memory.Adaptive, TTL: time.Hour},
		{MaxEntries: 100, Policy: memory.Adaptive, Idle: time.Hour},
		{MaxEntries: 100, Policy: memory.FIFO},
		{MaxEntries: 100, Policy: memory.RR},
		{MaxEntries: memory.Unbounded},
	} {
		c := memory.New(&opts)
		mustSet(t, c, "there", 1, 0)
		unlock := c.LockShared()
		read := make(chan struct{})
		go func() {
			defer close(read)
			if _, err := c.Get(t.Context(), "absent"); err != ctxcache.ErrMiss {
				t.Errorf("Get: %v, want ErrMiss", err)
			}
			for name, err := range map[string]error{
				"Get":      second(c.Get(t.Context(), "there")),
				"GetEntry": second(c.GetEntry(t.Context(), "there")),
				"GetMany":  second(ctxcache.GetMany(t.Context(), c, []string{"there", "absent"})),
				"Contains": second(c.Contains(t.Context(), "there")),
				"Peek":     second(c.Peek(t.Context(), "there")),
			} {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}()
		select {
		case <-read:
		case <-time.After(time.Minute):
			t.Errorf("%v, idle %v: a read waits for another one", opts.Policy, opts.Idle)
		}
		unlock()
		<-read
	}
}

func second[T any](_ T, err error) error { return err }
