package hitratio

// returns counts what S and M have lost lately, and how much of that has come back.
type returns struct {
	lostSmall, lostMain int64 // 64 bits, because favourSmall multiplies them
	backSmall, backMain int64
	recent              int64 // keys that S has lost and that come back before recentPlaces of their bucket
	places              int64 // the sum of the places of all keys that S has lost and that come back
	hits                int64
	used                int64 // entries that had a visit when they reached the end of S
	evicted             int   // since the counts were halved

	backRatio, leastUsed, reach, lead float64 // see Tuning
	recentPlaces                      int
	window                            int     // evictions after which the counts are halved
	placeAge                          float64 // evictions from one place of a bucket to the next, for each key of the capacity
}

const (
	leastCounted = 100 // evictions that are counted before the counts are halved, however small the cache is
	leastRecent  = 16  // keys that must come back before recentPlaces beyond the hits, so that a few decide nothing
)

// lost counts an eviction from M, or from S. The hits before the first one do not count: everything stayed until then, so they do
// not show that M keeps what is used.
func (r *returns) lost(fromMain bool) {
	if r.lostSmall+r.lostMain == 0 {
		r.hits = 0
	}
	if fromMain {
		r.lostMain++
	} else {
		r.lostSmall++
	}
	if r.evicted++; r.evicted >= r.window {
		r.evicted = 0
		for _, count := range []*int64{&r.lostSmall, &r.lostMain, &r.backSmall, &r.backMain, &r.used, &r.recent, &r.places, &r.hits} {
			*count /= 2
		}
	}
}

// back counts a key that comes back, and that M has lost, or S. Place is the place of its ghost in its bucket.
func (r *returns) back(fromMain bool, place int) {
	if fromMain {
		r.backMain++
		return
	}
	r.backSmall++
	r.places += int64(place)
	if place < r.recentPlaces {
		r.recent++
	}
}

// favourSmall reports whether S should be much larger, because S has lost more keys that come back than M.
func (r *returns) favourSmall() bool {
	if float64(r.used)*r.leastUsed < float64(r.lostSmall+r.used) {
		return false
	}
	return float64(r.backSmall*(r.lostMain+2)) > r.backRatio*float64((r.backMain+1)*(r.lostSmall+1))
}

// early reports whether S should be much larger, because it would then have most keys when they come back, and hit more often than
// the whole cache does now. Share is the share of S.
func (r *returns) early(share float64) bool {
	if float64(r.recent) <= r.lead*float64(r.hits)+leastRecent {
		return false
	}
	misses := float64(r.lostSmall + r.lostMain)
	passed := share + r.placeAge*float64(r.places)/float64(r.backSmall) // keys that were inserted meanwhile
	return passed*(misses+float64(r.hits)) < r.reach*misses
}
