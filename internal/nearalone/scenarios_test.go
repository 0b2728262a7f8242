package nearalone_test

// size is the size of a search.
type size uint8

const (
	short size = iota // always
	full              // only if everything is searched
)

// Quotas of operations.
var (
	oneGet    = quota{gets: 1}
	oneLoad   = quota{loads: 1}
	oneDelete = quota{deletes: 1}
	oneSet    = quota{sets: 1}
)

// each returns the sum of quotas.
func each(all ...quota) (sum quota) {
	for _, q := range all {
		sum.gets += q.gets
		sum.loads += q.loads
		sum.sets += q.sets
		sum.deletes += q.deletes
	}
	return sum
}

// between returns a scenario of two processes with these quotas. Process 1 has two workers, and process 2 has one. An
// outage begins or ends twice.
func between(first, second quota) scenario {
	return scenario{workers: [2]uint8{2, 1}, quotas: [2]quota{first, second}, events: events{flips: 2}}
}

// The methods return a scenario with one thing changed.
func (s scenario) flipping(n uint8) scenario { s.events.flips = n; return s }
func (s scenario) losing() scenario          { s.events.lost = 1; return s }
func (s scenario) expiring() scenario        { s.events.expiries = 1; return s }
func (s scenario) passing() scenario         { s.events.passes = 1; return s }
func (s scenario) empties() scenario         { s.empty = true; return s }
func (s scenario) releases() scenario        { s.release = true; return s }
func (s scenario) follows() scenario         { s.coherent = true; return s }
func (s scenario) overflows() scenario       { s.overflow = true; return s }
func (s scenario) lands() scenario           { s.late = true; return s }
func (s scenario) parts() scenario           { s.apart = true; return s }
func (s scenario) withoutGrants() scenario   { s.grants = true; return s }
func (s scenario) with(first, second uint8) scenario {
	s.workers = [2]uint8{first, second}
	return s
}

var scenarios = []struct {
	name string
	size size
	scenario
}{
	{"a deleter and a loader, and a loader", short, between(each(oneLoad, oneDelete), oneLoad)},
	{"a deleter and a loader, and a deleter", short, between(each(oneLoad, oneDelete), oneDelete).empties()},
	{"a setter and a loader, and a loader", short, between(each(oneLoad, oneSet), oneLoad).expiring()},
	{"a setter and a getter, and a loader", short, between(each(oneGet, oneSet), oneLoad).losing()},
	{"two deleters, and a loader", short, between(each(oneDelete, oneDelete), oneLoad).empties()},
	{"two readers, and a deleter", short, between(each(oneGet, oneLoad), oneDelete).flipping(3).passing()},
	{"a loader that releases and a deleter, and a deleter", short, between(each(oneLoad, oneDelete), oneDelete).empties().releases()},
	{"following: two loaders, and a deleter", short, between(each(oneLoad, oneLoad), oneDelete).with(1, 1).follows()},
	{"following: a loader, and a setter", short, between(oneLoad, oneSet).follows()},
	{"late: a setter, a deleter and a loader", short, between(each(oneLoad, oneSet, oneDelete), quota{}).with(2, 0).lands()},
	{"overflow: a getter and a deleter, and a loader", short, between(each(oneGet, oneDelete), oneLoad).overflows().empties().expiring()},
	{"apart: a loader and a deleter", short, between(each(oneLoad, oneDelete), quota{}).parts().flipping(4)},

	{"grants: a loader and a getter, and a setter", short, between(each(oneLoad, oneGet, oneGet), oneSet).empties().withoutGrants()},
	{"grants: a loader and a deleter, and a setter", full, between(each(oneLoad, oneDelete), oneSet).withoutGrants()},
	{"grants: two loaders and two getters, and a setter", full, between(each(oneLoad, oneLoad, oneGet, oneGet), oneSet).flipping(3).withoutGrants()},
	{"grants and writes: a loader, a getter and a deleter, and a setter", full, between(each(oneLoad, oneGet, oneDelete), oneSet).parts().withoutGrants()},

	{"two loaders and a deleter, and a loader", full, between(each(oneLoad, oneLoad, oneDelete), oneLoad)},
	{"a setter and a loader on each side", full, between(each(oneLoad, oneSet), each(oneLoad, oneSet)).with(1, 1).flipping(3)},

	{"two setters and a getter, and a loader", full, between(each(oneGet, oneSet, oneSet), oneLoad)},
	{"apart: a loader and a setter, and a deleter", full, between(each(oneLoad, oneSet), oneDelete).parts()},
	{"late: a setter and two loaders, and a loader", full, between(each(oneLoad, oneLoad, oneSet), oneLoad).lands()},
	{"two workers on each side", full, between(each(oneLoad, oneDelete), each(oneLoad, oneDelete)).with(2, 2)},
	{"setters on both sides", full, between(each(oneSet, oneDelete), each(oneLoad, oneSet))},
	{"two loaders and a setter, and a loader", full, between(each(oneLoad, oneLoad, oneSet), oneLoad).flipping(3)},
	{"two getters and two deleters, and a loader", full, between(each(oneGet, oneGet, oneDelete, oneDelete), oneLoad).losing()},
	{"following: two loaders and a getter, and a deleter", full, between(each(oneLoad, oneLoad, oneGet), oneDelete).flipping(3).follows()},
	{"overflow: two loaders and a deleter, and a loader", full, between(each(oneLoad, oneLoad, oneDelete), oneLoad).overflows().expiring()},
	{"apart: a loader, a setter and a deleter, and a loader", full, between(each(oneLoad, oneSet, oneDelete), oneLoad).parts()},
}
