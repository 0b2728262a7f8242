package hitratio

import "math"

// Result counts the accesses of a trace, and those of its last third. The last third shows a policy that has filled its
// cache and has adapted.
type Result struct {
	Requests, Hits         int
	LateRequests, LateHits int
}

// HitRatio returns the share of hits, 0 to 1.
func (r Result) HitRatio() float64 { return float64(r.Hits) / float64(r.Requests) }

// LateHitRatio returns the share of hits in the last third, 0 to 1.
func (r Result) LateHitRatio() float64 { return float64(r.LateHits) / float64(r.LateRequests) }

// Run passes all accesses of t to p, which must be new. If t is a sample, the result is the one that a sample of average
// popularity would have: see [Trace.Sampled].
func Run(p Policy, t *Trace) Result {
	early := len(t.Keys) * 2 / 3
	r := Result{Requests: len(t.Keys), LateRequests: len(t.Keys) - early}
	for i, key := range t.Keys {
		if p.Access(uint64(key)) {
			r.Hits++
			if i >= early {
				r.LateHits++
			}
		}
	}
	if t.requests > 0 {
		r.expect(t.requests)
	}
	return r
}

// expect counts as hits what is missing to so many requests, or does not count as hits what is too much. Most accesses to popular
// keys are hits.
func (r *Result) expect(requests int) {
	late := max(int(math.Round(float64(r.LateRequests)*float64(requests)/float64(r.Requests))), 1)
	r.Hits = max(r.Hits+requests-r.Requests, 0)
	r.LateHits = max(r.LateHits+late-r.LateRequests, 0)
	r.Requests, r.LateRequests = requests, late
}
