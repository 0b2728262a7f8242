package history

import (
	"cmp"
	"slices"
)

// keyHistory judges what was read of one key, one segment of its log after the other.
type keyHistory struct {
	key   string
	local bool

	// What earlier segments left. All that ended in them did so before anything in the next begins.
	issued    uint64           // the last version
	standing  map[uint64]event // the changes that are not overwritten for certain, by version, but for
	unsettled []uint64         // the versions of those that never end, in order
	changed   event            // of the changes that did not fail, the one that began last
	removed   moment           // the latest end of what may have removed the key
	recent    []event          // the last few events, for the record
}

// newKeyHistory returns the history of a key that is not cached, and at version 0 of the source since ever.
func newKeyHistory(key string, local bool) *keyHistory {
	return &keyHistory{key: key, local: local, standing: map[uint64]event{0: {outcome: deleted}}}
}

// check judges a segment, whose events come in no order, and keeps what is needed for the next.
func (h *keyHistory) check(events []event) []Violation {
	slices.SortFunc(events, byBeginning)
	c := h.compile(events)
	var violations []Violation
	for _, e := range events {
		rule, before := h.judge(c, e)
		if rule == "" {
			continue
		}
		v := Violation{Key: h.key, Rule: rule, read: e, before: before}
		if len(violations) < maxViolations { // nobody is told of more
			v.story = h.story(events, e, before)
		}
		violations = append(violations, v)
	}
	h.settle(c, events)
	return violations
}

func byBeginning(a, b event) int {
	return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.worker, b.worker))
}

// compiled is a segment, made ready to be asked.
type compiled struct {
	changes  map[uint64]event // by version
	changed  ended            // those that did not fail
	removals []event          // by beginning, each with the latest end of all so far
}

func (h *keyHistory) compile(events []event) compiled {
	c := compiled{changes: make(map[uint64]event)}
	var changed []event
	removed := h.removed
	for _, e := range events {
		if !e.changes() {
			continue
		}
		c.changes[e.version] = e
		if !e.failed {
			changed = append(changed, e)
		}
		if e.removes() {
			removed = max(removed, e.end)
			c.removals = append(c.removals, event{begin: e.begin, end: removed})
		}
	}
	c.changed = newEnded(h.changed, changed)
	return c
}

// judge returns what is wrong with a read, and what it ignores, if anything is.
func (h *keyHistory) judge(c compiled, read event) (rule string, before event) {
	changed := c.changed.before(read.begin)
	switch read.outcome {
	case garbled:
		return "what was found was never stored under this key", event{}
	case missed: // a deletion is among the removals itself, so what is later than those is a write
		if h.local && changed.begin > h.removedUntil(c, read.end) {
			return "a value was lost: it was written before the read began, and nothing may have deleted it since", changed
		}
	case found:
		change, known := c.changes[read.version]
		if !known {
			change, known = h.standing[read.version]
		}
		_, unsettled := slices.BinarySearch(h.unsettled, read.version)
		switch {
		case unsettled:
		case !known && read.version > h.issued:
			return "a version was found that was never issued", event{}
		case !known:
			return "an old version was found, overwritten long before the read began", changed
		case change.begin > read.end:
			return "a version was found that was issued after the read had ended", change
		case changed.begin > change.end:
			return "an old version was found, overwritten before the read began", changed
		}
	}
	return "", event{}
}

// removedUntil returns the latest moment at which something that began before end may have removed the key.
func (h *keyHistory) removedUntil(c compiled, end moment) moment {
	n, _ := slices.BinarySearchFunc(c.removals, end, func(e event, end moment) int { return cmp.Compare(e.begin, end+1) })
	if n == 0 {
		return h.removed
	}
	return c.removals[n-1].end
}

// settle keeps what is needed of a segment.
func (h *keyHistory) settle(c compiled, events []event) {
	h.changed = c.changed.before(never)
	for version, change := range c.changes {
		h.issued = max(h.issued, version)
		h.standing[version] = change
	}
	for version, change := range h.standing {
		if change.end == never {
			h.unsettled = append(h.unsettled, version)
		}
		if change.end == never || change.end < h.changed.begin {
			delete(h.standing, version)
		}
	}
	slices.Sort(h.unsettled)
	if n := len(c.removals); n > 0 {
		h.removed = c.removals[n-1].end
	}
	h.recent = slices.Clone(events[max(0, len(events)-storyBefore):])
}

// ended are operations that came to their ends, in the order of these, each replaced by the one that began last of
// all so far.
type ended struct {
	ends []moment
	last []event
	past event // the same of earlier segments
}

func newEnded(past event, events []event) ended {
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.end, b.end) })
	e := ended{past: past, ends: make([]moment, len(events)), last: events}
	for i, event := range events {
		e.ends[i] = event.end
		if event.begin < past.begin {
			events[i] = past
		}
		past = events[i]
	}
	return e
}

// before returns, of the operations that ended before at, the one that began last.
func (e ended) before(at moment) event {
	n, _ := slices.BinarySearch(e.ends, at)
	if n == 0 {
		return e.past
	}
	return e.last[n-1]
}

// The story of a violation has so many events before, and after, what it is about.
const storyBefore, storyAfter = 12, 6

// story returns the events around a read and what it ignores, sorted by beginning.
func (h *keyHistory) story(events []event, read, before event) []event {
	all := slices.Concat(h.recent, events)
	at := func(e event) int { return slices.Index(all, e) }
	last := at(read)
	first := last
	if i := at(before); i >= 0 {
		first = min(first, i)
	}
	if last-first > 3*storyBefore { // what is long past is not part of the story
		first = last
	}
	return all[max(0, first-storyBefore):min(len(all), last+1+storyAfter)]
}
