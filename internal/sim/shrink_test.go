package sim_test

import (
	"slices"
	"strings"
	"testing"
)

// shrink returns the shortest plan that it finds that breaks a promise of the same kind. It has only steps of p. No
// single step can be left out, no step can have fewer keys, and no caller that leaves could stay. It is the delta
// debugging of "Simplifying and Isolating Failure-Inducing Input" (Zeller and Hildebrandt, 2002), but tries only
// complements.
func shrink(t *testing.T, p plan, v variant, kind string) plan {
	t.Helper()
	breaks := func(p plan) bool { return simulate(t, p, v, false).broke(kind) }
	for size := (len(p.steps) + 1) / 2; size > 0; {
		reduced := false
		for from := 0; from < len(p.steps); {
			without := p
			without.steps = slices.Delete(slices.Clone(p.steps), from, min(from+size, len(p.steps)))
			if breaks(without) {
				p, reduced = without, true
			} else {
				from += size
			}
		}
		if !reduced || size > len(p.steps) {
			size /= 2
		}
	}
	for i := range p.steps {
		for _, simpler := range p.steps[i].simpler() {
			with := p
			with.steps = slices.Clone(p.steps)
			with.steps[i] = simpler
			if breaks(with) {
				return shrink(t, with, v, kind)
			}
		}
	}
	return p
}

// simpler returns the steps that are slightly simpler than s.
func (s step) simpler() (all []step) {
	if s.cancel > 0 {
		stays := s
		stays.cancel = 0
		all = append(all, stays)
	}
	if len(s.keys) > 1 {
		for i := range s.keys {
			fewer := s
			fewer.keys = slices.Delete(slices.Clone(s.keys), i, i+1)
			all = append(all, fewer)
		}
	}
	return all
}

// broke reports whether a promise of this kind was broken.
func (r result) broke(kind string) bool {
	return slices.ContainsFunc(r.found, func(v violation) bool { return v.kind == kind })
}

// explain returns the shortest plan that breaks a promise of this kind, and its history up to the violation.
func explain(t *testing.T, p plan, v variant, kind string) string {
	t.Helper()
	shortest := shrink(t, p, v, kind)
	r := simulate(t, shortest, v, true)
	var text strings.Builder
	text.WriteString(shortest.String())
	text.WriteString("\n")
	before, after, _ := strings.Cut(r.history, brokenPromise+kind)
	rest, _, _ := strings.Cut(after, "\n")
	text.WriteString(before + brokenPromise + kind + rest + "\n")
	return text.String()
}
