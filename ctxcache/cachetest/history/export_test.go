package history

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

// JudgeSketch returns the violations in a history that was written by hand, see sketch.
func JudgeSketch(t *testing.T, lines string, local bool) []Violation {
	t.Helper()
	h := newKeyHistory("key0", local)
	var segment []event
	var violations []Violation
	number := 0
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
			continue
		case fields[0] == "---":
			violations = append(violations, h.check(segment)...)
			segment = nil
			continue
		}
		number++
		e := event{number: number}
		var end string
		if _, err := fmt.Sscan(line, &e.begin, &end, &e.operation, &e.version); err != nil {
			t.Fatal(err)
		}
		end, e.failed = strings.CutPrefix(end, "-")
		if e.end = never; end != "" {
			if _, err := fmt.Sscan(end, &e.end); err != nil {
				t.Fatal(err)
			}
		}
		e.outcome = map[ctxcache.Operation]outcome{
			"set": stored, "deleted": deleted, "found": found, "missed": missed, "foreign": garbled,
		}[e.operation]
		segment = append(segment, e)
	}
	return append(violations, h.check(segment)...)
}
