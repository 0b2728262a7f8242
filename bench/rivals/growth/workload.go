package growth

import "math/rand"

// Workload is a kind of operations on a full cache.
type Workload struct {
	// Name names the workload in tables.
	Name string

	reads int // of four operations; the others are writes
	keys  choice
}

// choice says which keys a workload has.
type choice uint8

const (
	popular  choice = iota // Zipf, over ten times as many keys as the cache holds
	resident               // Zipf, over the keys that the cache holds
	uniform                // the keys that the cache holds, each as often as the others
	unique                 // keys that nobody has written before
)

// Workloads are all workloads. A turn runs them on one cache, in this order.
var Workloads = []Workload{
	{"read hit", 4, resident},
	{"read hit, uniform", 4, uniform},
	{"mixed 75/25", 3, popular},
	{"write zipf", 0, popular},
	{"write unique", 0, unique},
}

const (
	skew     = 1.01 // of the Zipf distributions
	universe = 10   // times as many keys as the cache holds

	// spread is a prime that is larger than any number of keys. Multiplication by it puts popular keys anywhere.
	spread = 1<<31 - 1
)

// ranks are random numbers, chosen before anything is measured. The same arguments give the same ranks.
type ranks struct{ resident, uniform, popular []uint32 }

func newRanks(entries, ops int) *ranks {
	random := rand.New(rand.NewSource(1))
	zipf := func(n int) []uint32 {
		z := rand.NewZipf(random, skew, 1, uint64(n-1))
		all := make([]uint32, ops)
		for i := range all {
			all[i] = uint32(z.Uint64() * spread % uint64(n))
		}
		return all
	}
	r := &ranks{resident: zipf(entries), popular: zipf(universe * entries), uniform: make([]uint32, ops)}
	for i := range r.uniform {
		r.uniform[i] = uint32(random.Intn(entries))
	}
	return r
}

// numbers returns the numbers of the keys of a workload. present are those in the cache, and next is the first number that
// has not been written.
func (r *ranks) numbers(w Workload, present []uint32, next uint32) []uint32 {
	of := func(ranks []uint32) []uint32 {
		all := make([]uint32, len(ranks))
		for i, rank := range ranks {
			all[i] = present[int(rank)%len(present)]
		}
		return all
	}
	switch w.keys {
	case resident:
		return of(r.resident)
	case uniform:
		return of(r.uniform)
	case unique:
		all := make([]uint32, len(r.popular))
		for i := range all {
			all[i] = next + uint32(i)
		}
		return all
	default:
		return r.popular
	}
}
