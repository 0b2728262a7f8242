package history

import (
	"cmp"
	"slices"
)

// keyHistory judges the reads of one key, one segment of the log after another.
type keyHistory struct {
	key   string
	local bool

	// The fields below come from earlier segments. All operations in them ended before any operation in the next
	// segment begins.
	issued    uint64           // the last version that was issued
	standing  map[uint64]event // by version: the changes with an end that may not be overwritten yet
	unsettled []uint64         // the versions of the changes that never end, sorted
	changed   event            // the change that began last among the changes that did not fail
	removed   moment           // the latest end of an operation that may have removed the key
	recent    []event          // the last few events, for the story of a violation
}

// newKeyHistory returns the history of a key that is not cached. Its source has been at version 0 from the beginning.
func newKeyHistory(key string, local bool) *keyHistory {
	return &keyHistory{key: key, local: local, standing: map[uint64]event{0: {outcome: deleted}}}
}

// check judges a segment, and keeps what the next segment needs. The events may come in any order.
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
		if len(violations) < maxViolations { // a report describes only these
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

// compiled is a segment in a form that is quick to search.
type compiled struct {
	changes  map[uint64]event // by version
	changed  ended            // the changes that did not fail
	removals []event          // sorted by beginning, each with the latest end of the removals up to it
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

// judge returns the rule that a read breaks, or "" if the read is legal. It also returns the event that the read
// ignores, if there is one.
func (h *keyHistory) judge(c compiled, read event) (rule string, before event) {
	changed := c.changed.before(read.begin)
	switch read.outcome {
	case garbled:
		return "the value that was found was never stored under this key", event{}
	case missed: // deletions are removals, so a change after all removals is a write
		if h.local && changed.begin > h.removedUntil(c, read.end) {
			return "a value was lost: it was written before the read began, and nothing can have deleted it since", changed
		}
	case found:
		change, known := c.changes[read.version]
		if !known {
			change, known = h.standing[read.version]
		}
		_, unsettled := slices.BinarySearch(h.unsettled, read.version)
		switch {
		case read.version < read.least:
			return "a refresh returned an older version than the source had when the refresh began", event{}
		case unsettled:
		case !known && read.version > h.issued:
			return "the version that was found was never issued", event{}
		case !known:
			return "an old version was found: it was overwritten long before the read began", changed
		case change.begin > read.end:
			return "the version that was found was issued after the read had ended", change
		case changed.begin > change.end:
			return "an old version was found: it was overwritten before the read began", changed
		}
	}
	return "", event{}
}

// removedUntil returns the latest moment at which an operation that began by end may have removed the key.
func (h *keyHistory) removedUntil(c compiled, end moment) moment {
	n, _ := slices.BinarySearchFunc(c.removals, end, func(e event, end moment) int { return cmp.Compare(e.begin, end+1) })
	if n == 0 {
		return h.removed
	}
	return c.removals[n-1].end
}

// settle keeps what the next segment needs.
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

// ended has operations that have ended, sorted by their ends. Each is replaced by the operation that began last among
// it and the operations before it.
type ended struct {
	ends []moment
	last []event
	past event // the operation that began last in earlier segments
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

// before returns the operation that began last among the operations that ended before at.
func (e ended) before(at moment) event {
	n, _ := slices.BinarySearch(e.ends, at)
	if n == 0 {
		return e.past
	}
	return e.last[n-1]
}

// The story of a violation has this many events before the events that it is about, and this many after them.
const storyBefore, storyAfter = 12, 6

// story returns the events around a read and around the event that it ignores, sorted by beginning.
func (h *keyHistory) story(events []event, read, before event) []event {
	all := slices.Concat(h.recent, events)
	at := func(e event) int { return slices.Index(all, e) }
	last := at(read)
	first := last
	if i := at(before); i >= 0 {
		first = min(first, i)
	}
	if last-first > 3*storyBefore { // an event long before the read is not part of the story
		first = last
	}
	return all[max(0, first-storyBefore):min(len(all), last+1+storyAfter)]
}
