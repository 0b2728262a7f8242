package space

import (
	"math"
	"runtime"
	"runtime/metrics"
	"slices"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
)

// Collection is what a garbage collection costs with a full cache.
type Collection struct {
	Heap    uint64        // bytes in use
	Objects uint64        // on the heap
	Wall    time.Duration // of one collection, on average
	CPU     time.Duration // of all processors in one collection, on average
	Pause   time.Duration // the longest time for which all goroutines stood still
	Write   time.Duration // of one Set of a new key, on average, while collections run
}

const (
	collections = 5
	writesEach  = 200_000 // while a collection runs
)

// Collect fills a cache of n entries that are numbers. It measures collections, and then writes while others run. It does
// not wait for queued writes more often than it must, so that nothing else than Set makes garbage.
func Collect(c contender.Contender, n int) (Collection, error) {
	ttl := time.Duration(0)
	if c.Lives == contender.Always {
		ttl = time.Hour
	}
	cache, err := c.Ints(n, ttl)
	if err != nil {
		return Collection{}, err
	}
	for i := range n {
		cache.Set(contender.IntKey(i), 1)
		if i%settleEvery == 0 {
			cache.Settle()
		}
	}
	cache.Settle()
	runtime.GC()
	runtime.GC()

	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	result := Collection{Heap: stats.HeapAlloc, Objects: stats.HeapObjects}
	pauses, cpu, start := readPauses(), readCPU(), time.Now()
	for range collections {
		runtime.GC()
	}
	result.Wall = time.Since(start) / collections
	result.CPU = (readCPU() - cpu) / collections
	writes := min(writesEach, n)
	start = time.Now()
	for round := range collections {
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.GC()
		}()
		for i := range writes {
			cache.Set(contender.IntKey(n+round*writes+i), 1)
		}
		result.Write += time.Since(start)
		<-done
		start = time.Now()
	}
	result.Write /= time.Duration(collections * writes)
	result.Pause = longest(pauses, readPauses())
	return result, cache.Close()
}

// readCPU returns how long processors have collected garbage since the program began, except for those that were idle.
func readCPU() time.Duration {
	samples := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"}}
	metrics.Read(samples)
	return time.Duration((samples[0].Value.Float64() - samples[1].Value.Float64()) * float64(time.Second))
}

func readPauses() *metrics.Float64Histogram {
	samples := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(samples)
	h := samples[0].Value.Float64Histogram()
	return &metrics.Float64Histogram{Counts: append([]uint64(nil), h.Counts...), Buckets: h.Buckets}
}

// longest returns the upper bound of the longest pause that is in after and not in before.
func longest(before, after *metrics.Float64Histogram) time.Duration {
	for i, count := range slices.Backward(after.Counts) {
		if count > before.Counts[i] {
			bound := after.Buckets[i+1]
			if math.IsInf(bound, 1) {
				bound = after.Buckets[i]
			}
			return time.Duration(bound * float64(time.Second))
		}
	}
	return 0
}
