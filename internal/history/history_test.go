package history_test

import (
	"fmt"
	"os"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// full is the environment variable that asks for all that make history does.
const full = "CACHED_HISTORY"

// operations returns how many operations a history has.
func operations(few, many int) int {
	if os.Getenv(full) == "full" {
		return many
	}
	return few
}

func TestHistory(t *testing.T) {
	for _, s := range soundStacks {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			opts := cachetest.HistoryOptions{Operations: operations(10_000, 1_000_000), Local: s.local, Function: function}
			if s.local {
				opts.Operations = operations(50_000, 10_000_000)
			}
			cachetest.History(t, func(t *testing.T) cache { return s.as(t, "", nil) }, &opts)
		})
	}
}

// The leases of loads by hand are not those of a cached function, nor is what happens between their calls.
func TestHistoryOfLeases(t *testing.T) {
	for _, s := range soundStacks {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			opts := cachetest.HistoryOptions{Operations: operations(2_500, 100_000), Local: s.local}
			cachetest.History(t, func(t *testing.T) cache { return s.as(t, "", nil) }, &opts)
		})
	}
}

func TestHistoryStepByStep(t *testing.T) {
	for _, s := range []stack{overMemory, overTwoLevels} {
		t.Run(s.name, func(t *testing.T) {
			cachetest.History(t, func(t *testing.T) cache { return s.as(t, "", nil) }, &cachetest.HistoryOptions{
				Operations: operations(10_000, 1_000_000), Local: true, Stepped: true, Function: function,
			})
		})
	}
}

// Without the check of the lease, whichever part lacks it, the history has to find something.
func TestHistoryFindsUnfencedLeases(t *testing.T) {
	for _, s := range stacks {
		for _, part := range s.parts {
			t.Run(s.name+"/"+part, func(t *testing.T) {
				t.Parallel()
				report := cachetest.CheckHistory(t.Context(), s.as(t, part, unfence), &cachetest.HistoryOptions{
					Operations: 100_000, Local: s.local, Function: function,
				})
				bites(t, report)
			})
		}
	}
}

func TestHistoryFindsUnfencedLeasesStepByStep(t *testing.T) {
	for _, s := range []stack{overMemory, overTwoLevels} {
		for _, part := range s.parts {
			t.Run(s.name+"/"+part, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					bites(t, cachetest.CheckHistory(t.Context(), s.as(t, part, unfence), &cachetest.HistoryOptions{
						Operations: 100_000, Local: true, Stepped: true, Function: function,
					}))
				})
			})
		}
	}
}

// A seed is one history, and one report, however often and wherever it is done.
func TestHistoryStepByStepReplays(t *testing.T) {
	for _, s := range []stack{overMemory, overTwoLevels} {
		t.Run(s.name, func(t *testing.T) {
			var told []string
			for range 3 {
				synctest.Test(t, func(t *testing.T) {
					report := cachetest.CheckHistory(t.Context(), s.as(t, s.parts[0], unfence), &cachetest.HistoryOptions{
						Seed: 1815, Local: true, Stepped: true, Function: function,
						// TwoLevel writes what it copies of many keys in the order of a map.
						Without: []cachetest.Operation{cachetest.GetEntries, cachetest.SetEntries, cachetest.GetLeases},
					})
					told = append(told, fmt.Sprintln(report, report.First))
				})
			}
			if told[0] != told[1] || told[0] != told[2] {
				t.Errorf("one seed, three histories:\n%s\n%s\n%s", told[0], told[1], told[2])
			}
		})
	}
}

// bites fails the test if the history has found nothing.
func bites(t *testing.T, report cachetest.HistoryReport) {
	t.Helper()
	t.Log(report)
	if report.Violations == 0 {
		t.Error("nothing was found though a lease that was lost is filled")
		return
	}
	t.Log(report.First[0])
}
