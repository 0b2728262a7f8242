package ctxcache

import (
	"cmp"
	"fmt"
	"slices"
)

// SizePoint is an estimate: how many of the reads a cache of another size would have answered by a value or a negative
// entry. It counts since the curve began, which is when the cache was made or last got another size. For the time between
// two calls of Stats, subtract both numbers. Hits is an estimate, so it may then be a little less than 0.
type SizePoint struct {
	Size    float64 // as a multiple of the size of the cache; the numbers of size 1 are counted, not estimated
	Hits    int64   // reads that would have been answered
	Reads   int64   // all reads that the cache answered, or missed
	Sampled uint64  // the reads among them that the estimate is made of
}

// HitRate returns Hits as a fraction of Reads, from 0 to 1. It is 0 without reads.
func (p SizePoint) HitRate() float64 {
	if p.Reads <= 0 {
		return 0
	}
	return min(max(float64(p.Hits)/float64(p.Reads), 0), 1)
}

// addCurves returns the sum of two curves. The points of a size are added up. A size that only one of them has is kept.
func addCurves(curve, more []SizePoint) []SizePoint {
	if len(more) == 0 {
		return curve
	}
	sum := slices.Clone(curve)
	for _, p := range more {
		at, found := slices.BinarySearchFunc(sum, p, func(a, b SizePoint) int { return cmp.Compare(a.Size, b.Size) })
		if !found {
			sum = slices.Insert(sum, at, p)
			continue
		}
		sum[at].Hits += p.Hits
		sum[at].Reads += p.Reads
		sum[at].Sampled += p.Sampled
	}
	return sum
}

// curveSizes returns the sizes of all curves in the tree, except the present size, whose rate HitRate returns.
func (s Stats) curveSizes() []float64 {
	var sizes []float64
	s.walk(0, func(_ int, s Stats) {
		for _, p := range s.SizeCurve {
			if p.Size != 1 {
				sizes = append(sizes, p.Size)
			}
		}
	})
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

// rateAt returns the estimated hit rate at a size as text, or "-" if there is none.
func (s Stats) rateAt(size float64) string {
	for _, p := range s.SizeCurve {
		if p.Size == size && p.Reads > 0 {
			return fmt.Sprintf("%.1f%%", 100*p.HitRate())
		}
	}
	return "-"
}
