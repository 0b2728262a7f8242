package cachetest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// TestUnproved checks that a case that cannot see whether a cache keeps its rule is reported, and does not count as
// passed.
func TestUnproved(t *testing.T) {
	const needsLife = "needs FakeTime, Advance, or a cache that reports remaining lives"
	for _, run := range []struct {
		name    string
		new     func() cache
		options []cachetest.Option
		want    map[string]string // by the beginnings of the names of cases
	}{
		{
			name: "a minimal cache in real time", new: func() cache { return newMinimal() },
			want: map[string]string{
				"Outage/": "needs Outage", "TTL/Ends/": needsLife, "Expiry/ReplacedLong/": needsLife,
			},
		},
		{
			name: "in fake time", new: func() cache { return newReference() },
			options: []cachetest.Option{cachetest.FakeTime()},
			want:    map[string]string{"Outage/": "needs Outage", "Lease/Life/": "needs LeaseTTL"},
		},
		{
			name: "with shared leases", new: newSharing,
			options: []cachetest.Option{cachetest.FakeTime(), cachetest.LeaseTTL(leaseTTL)},
			want:    map[string]string{"Outage/": "needs Outage", "Shared/": "needs Shared"},
		},
		{
			name: "with all that it takes", new: func() cache { return newReference() },
			options: []cachetest.Option{
				cachetest.FakeTime(), cachetest.LeaseTTL(leaseTTL), cachetest.Outage(func(*testing.T) func() { return func() {} }),
			},
		},
	} {
		t.Run(run.name, func(t *testing.T) {
			result := cachetest.ResultOf(t, run.new, run.options...)
			found := make(map[string]bool)
			for _, u := range result.Unproved {
				known := false
				for prefix, because := range run.want {
					if strings.HasPrefix(u.Case, prefix) && u.Because == because && u.Rule != "" {
						found[prefix], known = true, true
					}
				}
				if !known {
					t.Errorf("%s is unproved: it %s", u.Case, u.Because)
				}
			}
			if len(found) != len(run.want) {
				t.Errorf("the unproved cases are %v, want all of %v", found, run.want)
			}
		})
	}
}

func TestUnprovedInTheLog(t *testing.T) {
	result := cachetest.ResultOf(t, func() cache { return newMinimal() })
	log := cachetest.ListOf(result)
	const line = "UNPROVED: TTL/Ends/*: a value expires when its time to live is over, and not before, however long that is (needs "
	if n := strings.Count(log, line); n != 1 {
		t.Errorf("the list has %d lines with %q, want 1:\n%s", n, line, log)
	}
}

// TestOutage runs the suite on a cache whose store can be taken away.
func TestOutage(t *testing.T) {
	caches := make(map[*testing.T]*reference)
	result := cachetest.Run(t, func(t *testing.T) cache {
		caches[t] = newReference()
		return caches[t]
	}, cachetest.FakeTime(), cachetest.LeaseTTL(leaseTTL), cachetest.Outage(func(t *testing.T) func() { return caches[t].BreakDown() }))
	if len(result.Unproved) > 0 {
		t.Errorf("unproved: %v", result.Unproved)
	}
	if result.Ran == 0 {
		t.Error("no case ran")
	}
}

// TestNarrow checks that a cache with lower limits than most caches passes if options state the limits.
func TestNarrow(t *testing.T) {
	for name, newCache := range map[string]func() cache{
		"refuses":  func() cache { return refuses{newMinimal()} },
		"few":      func() cache { return holds{newMinimal(), 400} },
		"too much": func() cache { return newMinimal() },
	} {
		t.Run(name, func(t *testing.T) {
			cachetest.Run(t, func(*testing.T) cache { return newCache() }, cachetest.FakeTime(),
				cachetest.MaxValue(100_000), cachetest.Room(400), cachetest.TTLUnit(10*time.Millisecond))
		})
	}
}
