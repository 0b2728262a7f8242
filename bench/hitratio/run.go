package hitratio

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

// Run passes all accesses of t to p, which must be new.
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
	return r
}
