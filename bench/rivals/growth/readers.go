package growth

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ctxcache/cached/ctxcache"
)

const (
	period = 250 * time.Microsecond // from one request of a reader to the next
	burst  = 8                      // Gets of a request, one after the other

	// enough is how long latencies are recorded at least, so that there are many Gets.
	enough = 100 * time.Millisecond

	settle = 20 * time.Millisecond // how long readers read before anything is measured

	// longest and precision are of the histograms: a latency has two digits that count.
	longest   = int64(time.Minute)
	precision = 2
)

// latencies has histograms of Gets, in ns.
type latencies struct {
	gets     *hdrhistogram.Histogram // from the call to the return
	delayed  *hdrhistogram.Histogram // the same, with the delay of the request by requests before it
	requests *hdrhistogram.Histogram // from when a request is due to its end, with the wait for a processor
}

func newLatencies() latencies {
	histogram := func() *hdrhistogram.Histogram { return hdrhistogram.New(1, longest, precision) }
	return latencies{gets: histogram(), delayed: histogram(), requests: histogram()}
}

// readers read random keys until they are stopped. Requests come by the clock, whatever the requests before them took. So
// a Get that takes long delays those that were due meanwhile, and their delay counts: nothing is omitted that a load from
// outside would have met.
type readers struct {
	cache *subject
	keys  int
	mode  atomic.Int32 // whose latencies are recorded; none if negative
	stop  atomic.Bool
	done  sync.WaitGroup
	each  [][modes]latencies // by reader
}

func startReaders(cache *subject, keys, n int) *readers {
	r := &readers{cache: cache, keys: keys, each: make([][modes]latencies, n)}
	r.mode.Store(-1)
	for i := range n {
		for mode := range modes {
			r.each[i][mode] = newLatencies()
		}
		r.done.Go(func() { r.read(&r.each[i], uint64(i)) })
	}
	return r
}

// read does requests until the readers are stopped.
func (r *readers) read(into *[modes]latencies, seed uint64) {
	keys, random := newKeyBuffer(), rand.New(rand.NewPCG(seed, 1))
	start := time.Now()
	// free is when a reader that always has a processor would have ended the request before. It begins each request when that
	// is due, or when it has ended the one before if that is later, and its Gets take as long as the real ones.
	var free time.Duration
	for due := time.Duration(0); !r.stop.Load(); due += period {
		if wait := due - time.Since(start); wait > 0 {
			time.Sleep(wait)
		}
		free = max(free, due)
		delay, before := free-due, time.Since(start)
		for range burst {
			mode := r.mode.Load()
			_, err := r.cache.cache.Get(r.cache.ctx, keys.key(random.Uint32N(uint32(r.keys))))
			if err != nil && err != ctxcache.ErrMiss {
				r.cache.note(err)
				return
			}
			now := time.Since(start)
			took := now - before
			if mode = max(mode, r.mode.Load()); mode >= 0 {
				record(into[mode].gets, took)
				record(into[mode].delayed, delay+took)
			}
			free += took
			before = now
		}
		if mode := r.mode.Load(); mode >= 0 {
			record(into[mode].requests, before-due)
		}
	}
}

// record adds a latency. One that the histogram does not have counts as the nearest that it has.
func record(h *hdrhistogram.Histogram, latency time.Duration) {
	_ = h.RecordValue(min(max(int64(latency), 1), longest)) // the error is for values out of range
}

// window records the latencies while work runs, and until enough time has passed. It begins when a garbage collection has
// ended and the time ready has come. It returns how long work took.
func (r *readers) window(mode int32, ready time.Time, work func() error) (time.Duration, error) {
	runtime.GC()
	time.Sleep(time.Until(ready))
	start := time.Now()
	r.mode.Store(mode)
	err := work()
	took := time.Since(start)
	time.Sleep(enough - took)
	r.mode.Store(-1)
	return took, err
}

// end stops the readers, and returns the latencies of all of them together.
func (r *readers) end() [modes]latencies {
	r.stop.Store(true)
	r.done.Wait()
	all := r.each[0]
	for _, one := range r.each[1:] {
		for mode := range modes {
			all[mode].gets.Merge(one[mode].gets)
			all[mode].delayed.Merge(one[mode].delayed)
			all[mode].requests.Merge(one[mode].requests)
		}
	}
	return all
}
