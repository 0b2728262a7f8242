package hitratio

// returns counts what S and M have lost lately, and how much of that has come back.
type returns struct {
	lostSmall, lostMain int64 // 64 bits, because favorSmall multiplies them
	backSmall, backMain int64
	used                int64 // entries that had a visit when they reached the end of S
	evicted             int   // since the counts were halved

	farRatio, leastUsed float64 // see Tuning
}

const leastCounted = 1000 // evictions that are counted before the counts are halved

// lost counts an eviction from M, or from S. The counts are halved after as many evictions as there are places. In a small cache,
// they are halved after leastCounted evictions.
func (r *returns) lost(fromMain bool, capacity int) {
	if fromMain {
		r.lostMain++
	} else {
		r.lostSmall++
	}
	if r.evicted++; r.evicted >= max(capacity, leastCounted) {
		r.evicted = 0
		for _, count := range []*int64{&r.lostSmall, &r.lostMain, &r.backSmall, &r.backMain, &r.used} {
			*count /= 2
		}
	}
}

// back counts a key that comes back, and that M has lost, or S.
func (r *returns) back(fromMain bool) {
	if fromMain {
		r.backMain++
	} else {
		r.backSmall++
	}
}

// favorSmall reports whether S should be much larger.
func (r *returns) favorSmall() bool {
	if float64(r.used)*r.leastUsed < float64(r.lostSmall+r.used) {
		return false
	}
	return float64(r.backSmall*(r.lostMain+2)) > r.farRatio*float64((r.backMain+1)*(r.lostSmall+1))
}
