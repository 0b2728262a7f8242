package hitratio

// phaseClock reports which entries of the small queue S are young. A phase passes with each third of the target of S that is
// inserted: see perPass. An entry is young in the phase of its insertion and in the next one, so until about half as many
// keys as the target were inserted after it.
//
// The engine has three bits for the phase of an entry. So an entry that stays in S for eight phases, because the target
// has grown, is young once more.
type phaseClock struct {
	perPass    int // phases that pass while as many keys are inserted as the target; the engine has 3
	current    int
	insertions int // in this phase
}

const (
	youngPhases = 2
	phaseCount  = 8 // phases that the engine can tell apart
)

// insert counts a key that enters S.
func (p *phaseClock) insert(target int) {
	if p.insertions++; p.insertions >= target/p.perPass {
		p.insertions = 0
		p.current++
	}
}

// young reports whether an entry that entered S in this phase is young.
func (p *phaseClock) young(phase int) bool { return (p.current-phase)%phaseCount < youngPhases }
