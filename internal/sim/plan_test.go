package sim_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// plan is what happens to the nodes in a run, except for what the channel does. Steps can be left out of it.
type plan struct {
	seed  uint64
	nodes int
	steps []step // sorted by time
}

// step is an operation or a fault.
type step struct {
	id     int // does not change when other steps are left out
	at     time.Duration
	kind   kind
	node   int
	keys   []string
	cancel time.Duration // when the caller leaves; 0: never
	lasts  time.Duration // how long a fault lasts
}

// kind says what a step does.
type kind string

// Writes first change the source, and then the cache.
const (
	get        kind = "get"
	getMany    kind = "get many"
	loadMany   kind = "load many" // with the leases of one call
	refresh    kind = "refresh"
	remove     kind = "write, delete"
	set        kind = "write, set"
	setMany    kind = "write, set many"
	removeMany kind = "write, delete many"
	clearAll   kind = "write, clear"

	farDown   kind = "far is down"
	farLost   kind = "far is down, and its channel"
	cutWatch  kind = "watch is cut"
	muteWatch kind = "channel is mute"
	restart   kind = "restart"
	evictNear kind = "near evicts all"
)

// weights say how often each kind of step occurs.
var weights = []struct {
	kind kind
	in   int
}{
	{get, 50},
	{getMany, 6},
	{loadMany, 4},
	{refresh, 4},
	{remove, 14},
	{set, 6},
	{setMany, 4},
	{removeMany, 4},
	{clearAll, 2},
	{farDown, 2},
	{farLost, 1},
	{cutWatch, 2},
	{muteWatch, 2},
	{restart, 2},
	{evictNear, 3},
}

var keyNames = []string{"a", "b", "c", "d", "e"}[:keyCount]

// planOf returns the plan of a seed.
func planOf(seed uint64) plan {
	d := dice(seed).about("plan")
	p := plan{seed: seed, nodes: []int{2, 3, 2, 3, 2, 3, 2, 3, 2, 10}[seed%10]} // ten nodes cost the most, and find the least
	total := 0
	for _, w := range weights {
		total += w.in
	}
	for id := range 30 + d.IntN(31) {
		s := step{id: id, at: d.upTo(runTime), node: d.IntN(p.nodes)}
		crowd := id > 0 && d.percent(60) // soon after an earlier step, and about the same key
		var earlier step
		if crowd {
			earlier = p.steps[d.IntN(id)]
			s.at = earlier.at + d.upTo(60*time.Millisecond)
			if d.percent(50) {
				s.node = earlier.node
			}
		}
		n := d.IntN(total)
		for _, w := range weights {
			if n -= w.in; n < 0 {
				s.kind = w.kind
				break
			}
		}
		s.keys = keysOf(s.kind, d)
		if crowd && len(s.keys) > 0 && len(earlier.keys) > 0 && !slices.Contains(s.keys, earlier.keys[0]) {
			s.keys[0] = earlier.keys[0]
			slices.Sort(s.keys)
		}
		switch s.kind {
		case farDown, farLost, muteWatch:
			s.lasts = d.upTo(1500 * time.Millisecond)
		}
		if d.percent(15) && s.isOperation() {
			s.cancel = d.upTo(150 * time.Millisecond)
		}
		p.steps = append(p.steps, s)
	}
	slices.SortStableFunc(p.steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	return p
}

// keysOf returns keys for a step of this kind. They are different, and sorted.
func keysOf(k kind, d draw) []string {
	count := 0
	switch k {
	case get, refresh, remove, set:
		count = 1
	case getMany, loadMany, setMany, removeMany, clearAll:
		count = 1 + d.IntN(nearEntries)
	}
	var keys []string
	for _, i := range d.Perm(keyCount)[:count] {
		keys = append(keys, keyNames[i])
	}
	slices.Sort(keys)
	return keys
}

func (s step) isOperation() bool { return len(s.keys) > 0 }
func (s step) isWrite() bool     { return strings.HasPrefix(string(s.kind), "write") }

// sets reports whether the step stores a value itself. It may do so after somebody else has overwritten the value.
func (s step) sets() bool { return s.kind == set || s.kind == setMany }

func (s step) String() string {
	text := fmt.Sprintf("%10v  step %d: %s", s.at, s.id, s.kind)
	if s.kind != farDown && s.kind != farLost {
		text += fmt.Sprintf(" on node %d", s.node)
	}
	if len(s.keys) > 0 {
		text += " of " + strings.Join(s.keys, " ")
	}
	if s.cancel > 0 {
		text += fmt.Sprintf(", cancelled after %v", s.cancel)
	}
	if s.lasts > 0 {
		text += fmt.Sprintf(", for %v", s.lasts)
	}
	return text
}

func (p plan) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "seed %d, %d nodes, %d steps\n", p.seed, p.nodes, len(p.steps))
	for _, s := range p.steps {
		fmt.Fprintln(&text, s)
	}
	return text.String()
}
