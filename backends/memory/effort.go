package memory

// portion is how many entries one section under the lock of a shard looks at, at most. Then it lets others have the lock.
const portion = 256

// effort counts the entries that the present section has looked at. Each step of a section asks before it begins whether
// there is room for it, and adds what it has looked at. The lock of the shard guards it.
type effort struct {
	looked int
	most   int // the largest count of a section; it is kept in builds with the race detector only, for tests
}

// The most that a step looks at. The last one is what a section may do besides.
const (
	expireEffort = fanOut + sweepMax*removeEffort
	evictEffort  = sweepSteps + removeEffort
	removeEffort = 1 + perGroup*groupsPerWrite
	otherEffort  = removeEffort + shrinkSteps + promoteSteps
)

// add adds to the count.
func (e *effort) add(n int) { e.looked += n }

// allows reports whether there is room for a step that looks at n entries.
func (e *effort) allows(n int) bool { return e.looked+n+otherEffort <= portion }

// end ends the section.
func (e *effort) end() {
	if underRace {
		e.most = max(e.most, e.looked)
	}
	e.looked = 0
}
