package ctxcache

import (
	"context"
)

// StatsCache is a cache that counts what happens to it.
type StatsCache interface {
	// Stats returns the counters of the cache, with the counters of the caches under it as children. If some of those
	// caches fail, Stats returns the counters that it could get, together with the error.
	Stats(ctx context.Context) (Stats, error)
}

// Stats are the counters of a cache since it was built. The counters of the caches under it are children: a two-level
// cache has two. A counter that a cache does not have stays zero.
type Stats struct {
	Name        string // of the cache: "memory", "redis", or a name that its user has chosen
	Tests       uint64 // Contains
	Reads       uint64 // keys read; GetMany counts each key. A GetLease after a read does not count: see CountAsRead
	Hits        uint64 // reads answered by a value
	Negatives   uint64 // reads answered by a negative entry: hits, but counted apart
	Misses      uint64 // reads that found nothing
	Writes      uint64 // values stored, by Set or Fill
	Deletes     uint64 // keys deleted
	Errors      uint64 // calls that failed, and keys in calls for many; not misses, ErrLeaseLost and cancelled calls
	Evictions   uint64 // entries removed to make room
	Expirations uint64 // entries removed because their time had come
	Loads       uint64 // loads from the source
	LoadErrors  uint64 // loads that failed
	Stale       uint64 // calls answered by a stale value
	Joined      uint64 // reads that waited for a load that another caller had begun
	Overdue     int64  // loads that run now although their time is over
	FillsLost   uint64 // Fills that stored nothing, because the lease was lost
	Corrupt     uint64 // reads that found something that cannot be understood; they count as Errors, too
	OtherShape  uint64 // reads that found only values of another type, such as another release's; they are misses
	Timeouts    uint64 // calls that the servers did not answer in time
	Late        uint64 // answers that came after that time
	Refused     uint64 // calls that a circuit breaker refused (ErrUnavailable)
	Shed        uint64 // calls refused because too many ran (ErrOverloaded)
	Open        int64  // circuit breakers that are open or half-open now
	Missed      int64  // keys that a far level has missed a change of, for now; -1 if nobody knows how many
	Unstored    Unstored
	Entries     int64 // values there now; -1 if it is not known

	// SizeCurve has estimates of the hit rate at other sizes of the cache, the smallest size first. It is nil if the cache
	// makes none.
	SizeCurve []SizePoint

	Children []Stats
}

// Unstored counts the loads whose results were not stored, by reason.
type Unstored struct {
	Invalidated uint64 // the key was set, deleted or cleared during the load, or the lease ran out
	Held        uint64 // another holder had the lease, and stores its own result
	Unavailable uint64 // the cache failed before the load, or granted no leases
	Failed      uint64 // the cache failed to store the result
	Declined    uint64 // the loader asked for it
	Ended       uint64 // the load's context had ended, so the result may be incomplete
}

// Total returns the sum of all reasons.
func (u Unstored) Total() uint64 {
	return u.Invalidated + u.Held + u.Unavailable + u.Failed + u.Declined + u.Ended
}

func (u *Unstored) add(more Unstored) {
	u.Invalidated += more.Invalidated
	u.Held += more.Held
	u.Unavailable += more.Unavailable
	u.Failed += more.Failed
	u.Declined += more.Declined
	u.Ended += more.Ended
}

// HitRate returns how many of the reads were answered by the cache, as a fraction from 0 to 1. A read that finds a
// negative entry counts as answered, and a read that failed does not. The rate is 0 before the first read.
func (s Stats) HitRate() float64 { return fraction(s.Hits+s.Negatives, s.reads()) }

// ErrorRate returns how many of the reads failed, as a fraction from 0 to 1. The rate is 0 before the first read.
func (s Stats) ErrorRate() float64 { return fraction(s.reads()-s.answered(), s.reads()) }

// reads returns the number of reads, also for a cache that counts only their answers.
func (s Stats) reads() uint64 { return max(s.Reads, s.answered()) }

func (s Stats) answered() uint64 { return s.Hits + s.Negatives + s.Misses }

func fraction(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Add adds the counters of more to s, tree to tree, name left alone: both are of caches that were built alike. Entries
// and Missed are then -1 if they are in either.
func (s *Stats) Add(more Stats) {
	s.Tests += more.Tests
	s.Reads += more.Reads
	s.Hits += more.Hits
	s.Negatives += more.Negatives
	s.Misses += more.Misses
	s.Writes += more.Writes
	s.Deletes += more.Deletes
	s.Errors += more.Errors
	s.Evictions += more.Evictions
	s.Expirations += more.Expirations
	s.Loads += more.Loads
	s.LoadErrors += more.LoadErrors
	s.Stale += more.Stale
	s.Joined += more.Joined
	s.Overdue += more.Overdue
	s.FillsLost += more.FillsLost
	s.Corrupt += more.Corrupt
	s.OtherShape += more.OtherShape
	s.Timeouts += more.Timeouts
	s.Late += more.Late
	s.Refused += more.Refused
	s.Shed += more.Shed
	s.Open += more.Open
	s.Unstored.add(more.Unstored)
	if s.Missed < 0 || more.Missed < 0 {
		s.Missed = -1
	} else {
		s.Missed += more.Missed
	}
	if s.Entries < 0 || more.Entries < 0 {
		s.Entries = -1
	} else {
		s.Entries += more.Entries
	}
	s.SizeCurve = addCurves(s.SizeCurve, more.SizeCurve)
	for i, child := range more.Children {
		if i < len(s.Children) {
			s.Children[i].Add(child)
		} else {
			s.Children = append(s.Children, child)
		}
	}
}

// walk visits the tree, parents first.
func (s Stats) walk(depth int, visit func(depth int, s Stats)) {
	visit(depth, s)
	for _, child := range s.Children {
		child.walk(depth+1, visit)
	}
}
