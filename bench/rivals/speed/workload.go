package speed

import "math/rand"

// Workload is a kind of operations on a full cache.
type Workload struct {
	// Name names the workload in tables.
	Name string

	// Reads is how many of four operations are reads. The others are writes.
	Reads int

	// Unique means that every operation has a key of its own. Otherwise, the keys have a Zipf distribution.
	Unique bool

	// Resident means that the keys are among those that the cache has, so that all reads are hits.
	Resident bool

	// Stored means that operations have the very strings that were stored, which exists in benchmarks only. A cache that
	// keeps its callers' strings then compares pointers. Otherwise every operation has a string of its own, as a service
	// makes one for each request.
	Stored bool
}

// Workloads are all workloads.
var Workloads = []Workload{
	{Name: "read hit", Reads: 4, Resident: true},
	{Name: "read hit, stored strings", Reads: 4, Resident: true, Stored: true},
	{Name: "mixed 75/25", Reads: 3},
	{Name: "write zipf"},
	{Name: "write unique", Unique: true},
}

const (
	skew = 1.01 // of the Zipf distribution

	// universe is how many times as many keys there are as a cache holds. So writes have to evict.
	universe = 10
)

// plan has the keys of a workload. They are made before anything is measured.
type plan[K comparable] struct {
	fill []K // written before the measurement; more than the cache holds, unless the workload is Resident
	ops  []K
}

// newPlan returns a plan for a cache of so many entries. The same arguments give the same plan.
func newPlan[K comparable](w Workload, capacity, ops int, key func(int) K) plan[K] {
	p := plan[K]{ops: make([]K, ops)}
	fill, space := capacity+capacity/4, universe*capacity
	if w.Resident {
		// Half of the cache: a cache with shards holds fewer than its capacity, because keys do not spread evenly.
		fill, space = capacity/2, capacity/2
	}
	all := make([]K, max(fill, space))
	for i := range all {
		all[i] = key(i)
	}
	p.fill = all[:fill]
	if w.Unique {
		for i := range p.ops {
			p.ops[i] = key(fill + i)
		}
		return p
	}
	random := rand.New(rand.NewSource(1))
	// The most popular keys are not the ones that were filled in first.
	order := random.Perm(space)
	zipf := rand.NewZipf(random, skew, 1, uint64(space-1))
	for i := range p.ops {
		number := order[zipf.Uint64()]
		if w.Stored {
			p.ops[i] = all[number]
		} else {
			p.ops[i] = key(number)
		}
	}
	return p
}
