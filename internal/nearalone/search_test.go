package nearalone_test

import (
	"fmt"
	"slices"
	"strings"
)

// result is what a search has found.
type result struct {
	states int
	broken law    // the law that is broken; 0 if none is
	trace  string // the shortest way to break it
}

// search visits every state of m, the nearest to the beginning first. It ends at the first state that breaks a law, or
// that found accepts. Found may be nil.
func (m *model) search(found func(*world) bool) result {
	begin := m.begins()
	seen := map[fingerprint]int32{begin.fingerprint(): 0} // the number of each state
	parents := []int32{-1}
	frontier, next := []world{begin}, []world(nil)
	first, broken, last := int32(0), law(0), int32(-1)
	var from int32
	m.emit = func(_ step, w world) {
		if last >= 0 {
			return
		}
		state := w.fingerprint()
		if _, has := seen[state]; has {
			return
		}
		number := int32(len(parents))
		seen[state] = number
		parents = append(parents, from)
		next = append(next, w)
		if broken = w.breaks(); broken != 0 || found != nil && found(&w) {
			last = number
		}
	}
	for len(frontier) > 0 && last < 0 {
		for i := range frontier {
			from = first + int32(i)
			m.steps(&frontier[i])
		}
		first += int32(len(frontier))
		frontier, next = next, frontier[:0]
	}
	r := result{states: len(parents), broken: broken}
	if last >= 0 {
		var path []int32
		for at := last; at > 0; at = parents[at] {
			path = append(path, at)
		}
		r.trace = m.retrace(begin, seen, path)
	}
	return r
}

// retrace returns the steps from begin along path, a list of numbers of states, the last one first. Each state is
// computed again from the one before, because a search keeps no states, and may exchange workers and processes.
func (m *model) retrace(begin world, seen map[fingerprint]int32, path []int32) string {
	var trace strings.Builder
	at := begin
	for i, number := range slices.Backward(path) {
		var taken *world
		m.emit = func(s step, w world) {
			if taken == nil && seen[w.fingerprint()] == number {
				taken = &w
				fmt.Fprintf(&trace, "%3d  %v\n", len(path)-i, s)
			}
		}
		m.steps(&at)
		at = *taken
	}
	return trace.String()
}

// String returns the step as a line of a trace.
func (s step) String() string {
	var line strings.Builder
	switch {
	case s.process < 0:
		line.WriteString("everywhere: ")
	case s.worker < 0:
		fmt.Fprintf(&line, "process %d: ", s.process+1)
	default:
		fmt.Fprintf(&line, "process %d, worker %d ", s.process+1, s.worker+1)
	}
	line.WriteString(s.what)
	if s.version != 0 {
		fmt.Fprintf(&line, " (version %d)", s.version)
	}
	line.WriteString([...]string{"", "", ", and far fails", ", and far's answer is lost"}[s.answer])
	return line.String()
}
