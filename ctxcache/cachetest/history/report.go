package history

import (
	"errors"
	"fmt"
	"strings"
)

// Report is the outcome of a history.
type Report struct {
	Seed       uint64
	Operations int // operations that were done
	Hits       int // values that were read, and checked; a call for many keys may read several
	Misses     int
	Loads      int // loads from the source
	Cancelled  int // operations that ended with an error after their context was cancelled
	Failed     int // operations that ended with another error
	Failure    error
	Violations int
	First      []Violation // the first ten violations
}

// Err returns an error if there was a violation, if an operation failed that was not cancelled, or if no read found a
// value. Otherwise it returns nil.
func (r Report) Err() error {
	switch {
	case r.Violations > 0:
		return fmt.Errorf("%d answers were illegal, the first of them:\n%v", r.Violations, r.First[0])
	case r.Failed > 0:
		return fmt.Errorf("%d operations failed that were not cancelled, the first of them: %w", r.Failed, r.Failure)
	case r.Hits == 0:
		return errors.New("no read has found a value: nothing was checked")
	}
	return nil
}

// String returns the figures as one line.
func (r Report) String() string {
	return fmt.Sprintf("history of seed %d: %d operations, %d values read, %d misses, %d loads, %d cancelled, %d failed, %d violations",
		r.Seed, r.Operations, r.Hits, r.Misses, r.Loads, r.Cancelled, r.Failed, r.Violations)
}

// maxViolations is how many violations a report describes.
const maxViolations = 10

func (r *Report) add(violations []Violation) {
	r.Violations += len(violations)
	room := maxViolations - len(r.First)
	r.First = append(r.First, violations[:min(room, len(violations))]...)
}

// Violation is an answer that a cache must not give.
type Violation struct {
	Key  string
	Rule string // what is wrong with the answer, in words

	read   event
	before event   // the event that the answer ignores
	story  []event // the events of the key around both, in the order in which they began
}

// String describes the read, the event that its answer ignores, and the events of the key around both.
func (v Violation) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "key %q: %s\n  %v\n", v.Key, v.Rule, v.read)
	if v.before.operation != "" {
		fmt.Fprintf(&text, "after\n  %v\n", v.before)
	}
	text.WriteString("the events of this key, in the order in which they began:\n")
	for _, e := range v.story {
		mark := ' '
		if e == v.read || e == v.before {
			mark = '>'
		}
		fmt.Fprintf(&text, "%c %v\n", mark, e)
	}
	return text.String()
}

// String describes an event in words.
func (e event) String() string {
	when := fmt.Sprintf("%d to %d", e.begin, e.end)
	if e.end == never {
		when = fmt.Sprintf("%d on", e.begin)
	}
	line := fmt.Sprintf("%12s  goroutine %d, operation %d: %s", when, e.worker, e.number, e.operation)
	switch e.outcome {
	case found:
		return fmt.Sprintf("%s found version %d", line, e.version)
	case missed:
		return line + " missed"
	case garbled:
		return line + " found a value that was never stored here"
	case sourced:
		return fmt.Sprintf("%s read version %d of the source", line, e.version)
	case deleted:
		line = fmt.Sprintf("%s, with the source at version %d", line, e.version)
	case stored:
		line = fmt.Sprintf("%s version %d", line, e.version)
	}
	switch {
	case e.end == never:
		line += "; it failed, and may take effect at any time"
	case e.failed:
		line += "; it failed, and may have taken effect"
	}
	return line
}
