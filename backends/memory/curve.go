package memory

import (
	"math"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// curve estimates the hit rates that the cache would have at other sizes. It samples keys by their hash, and has a
// miniature for each size: a cache of the same policy, whose bounds are smaller by the sampling rate, and which sees the
// sampled keys only ("SHARDS", Waldspurger et al., FAST 2015, and "Cache Modeling and Optimization using Miniature
// Simulations", ATC 2017). Its methods may be called concurrently.
type curve struct {
	threshold uint64 // keys whose sampled bits are below it are in the sample
	rate      float64
	most      int // entries of the miniature of size 1 above which the rate is too high; 0 means no limit

	miniatures [len(curveSizes)]miniature

	answered, reads uint64 // by the cache, before the curve began

	replaced atomic.Bool // a call is about to replace this curve, because it is crowded
}

// curveSizes are the sizes of the miniatures, as multiples of the size of the cache. The miniature of the present size
// shows the error of the sample: see points.
var curveSizes = [...]float64{0.25, 0.5, 1, 2, 4}

const presentIndex = 2 // in curveSizes

const (
	// The miniature of the present size has so many entries, unless the rate would be too low or too high for it. With half as
	// many, some estimates on real traces are more than two points off.
	sampledEntries = 2048

	// Sampled keys are chosen by these bits of a hash. They do not depend on the shard. The miniatures hash again.
	sampleShift = 40
	sampleBits  = 16
	allSampled  = 1 << sampleBits

	leastSampled = allSampled >> 12
	mostSampled  = allSampled >> 3
)

// newCurve returns a curve for a cache with these options, whose defaults are filled in. A cache that is bounded by cost
// does not know how many entries fit, so its first curve has the highest rate, and thinCurve lowers it.
func newCurve[K comparable, V any](o *Options[K, V], threshold uint64) *curve {
	cv := &curve{threshold: threshold, rate: float64(threshold) / allSampled}
	if o.costly() && threshold > leastSampled {
		cv.most = 2 * sampledEntries
	}
	for i, size := range curveSizes {
		cv.miniatures[i] = newMiniature(scaledBounds(o, size*cv.rate))
	}
	return cv
}

// firstThreshold returns the threshold that a curve for these options begins with.
func firstThreshold[K comparable, V any](o *Options[K, V]) uint64 {
	if o.costly() {
		return mostSampled
	}
	wanted := math.Round(allSampled * float64(sampledEntries) / float64(o.MaxEntries))
	return uint64(min(max(wanted, leastSampled), mostSampled))
}

// samples reports whether the key with this hash is in the sample.
func (cv *curve) samples(hash uint64) bool { return hash>>sampleShift&(allSampled-1) < cv.threshold }

// read notes that a sampled key was read, and what the cache has found. It reports whether the rate is too high.
func (cv *curve) read(hash uint64, seen sighting) (crowded bool) {
	for _, m := range cv.miniatures {
		m.read(hash, seen)
	}
	return cv.crowded()
}

// wrote notes that a sampled key was written. It reports whether the rate is too high.
func (cv *curve) wrote(hash uint64, written sighting) (crowded bool) {
	for _, m := range cv.miniatures {
		m.wrote(hash, written)
	}
	return cv.crowded()
}

// crowded reports whether the rate is too high. It reports so once, because one call has to replace the curve.
func (cv *curve) crowded() bool {
	return cv.most > 0 && cv.miniatures[presentIndex].entries() > cv.most && cv.replaced.CompareAndSwap(false, true)
}

// deleted notes that the entry of a sampled key was deleted.
func (cv *curve) deleted(hash uint64) {
	for _, m := range cv.miniatures {
		m.deleted(hash)
	}
}

// cleared notes that all entries were deleted.
func (cv *curve) cleared() {
	for _, m := range cv.miniatures {
		m.cleared()
	}
}

// points returns the estimates for a cache that has answered so many reads.
//
// A miniature has too many hits if popular keys are in the sample, and too few if they are not. This error is nearly the same
// in all miniatures. So only the difference to the miniature of the present size is used, and added to what the cache itself
// has counted.
func (cv *curve) points(answered, reads uint64) []ctxcache.SizePoint {
	answered, reads = answered-min(cv.answered, answered), reads-min(cv.reads, reads)
	present, sampled := cv.miniatures[presentIndex].counts()
	points := make([]ctxcache.SizePoint, len(curveSizes))
	for i, size := range curveSizes {
		small := present
		if i != presentIndex {
			small, _ = cv.miniatures[i].counts()
		}
		hits := float64(answered) + (float64(small)-float64(present))/cv.rate
		points[i] = ctxcache.SizePoint{
			Size:    size,
			Hits:    int64(min(max(math.Round(hits), 0), float64(reads))),
			Reads:   int64(reads),
			Sampled: sampled,
		}
	}
	return points
}
