package rounds

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Sample is what one turn has measured. The costs are for one operation.
type Sample struct {
	NS     float64 // wall-clock time
	CPU    float64 // time of all processors, also of the contender's own goroutines and of garbage collection, in ns
	Bytes  float64 // allocated
	Allocs float64
	Hits   float64 // the part of the reads that found a value, from 0 to 1; -1 if nothing was read
	Loads  float64 // of a key, if keys were loaded; -1 if not
	Kept   float64 // the part of the last written keys that had a value after the turn; -1 if nothing was written
}

// Measure lets so many goroutines share ops operations: work(from, to) does those with the numbers from <= i < to, and
// returns how many of them found a value. It returns the costs of an operation, and the number of finds.
func Measure(ops, goroutines int, work func(from, to int) (found int)) (Sample, int) {
	found := make([]int, goroutines)
	begin := make(chan struct{})
	var ready, done sync.WaitGroup
	ready.Add(goroutines)
	for g := range goroutines {
		done.Go(func() {
			ready.Done()
			<-begin
			found[g] = work(ops*g/goroutines, ops*(g+1)/goroutines)
		})
	}
	ready.Wait()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := processorTime(), time.Now()
	close(begin)
	done.Wait()
	wall, spent := time.Since(start), processorTime()-cpu
	runtime.ReadMemStats(&after)
	n, sum := float64(ops), 0
	for _, f := range found {
		sum += f
	}
	return Sample{
		NS: float64(wall) / n, CPU: float64(spent) / n,
		Bytes: float64(after.TotalAlloc-before.TotalAlloc) / n, Allocs: float64(after.Mallocs-before.Mallocs) / n,
		Hits: -1, Loads: -1, Kept: -1,
	}, sum
}

// processorTime returns how long this process has used processors.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0 // it can only fail for a bad argument
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
