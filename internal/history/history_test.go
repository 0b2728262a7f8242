package history_test

import (
	"fmt"
	"os"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest/history"
)

// full is the environment variable that asks for everything that make history does.
const full = "CACHED_HISTORY"

// operations returns how many operations a history has: few in a plain run, a third of that with -short, and many in a
// full one.
func operations(few, many int) int {
	switch {
	case os.Getenv(full) == "full":
		return many
	case testing.Short():
		return few / 3
	default:
		return few
	}
}

func TestHistory(t *testing.T) {
	for _, s := range soundStacks {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			opts := history.Options{Operations: operations(2_500, 1_000_000), Local: s.local, Function: function}
			if s.local {
				opts.Operations = operations(10_000, 10_000_000)
			}
			history.Run(t, func(t *testing.T) cache { return s.as(t, "", nil) }, &opts)
		})
	}
}

// Here the history takes leases and loads by hand. They differ from the leases of a cached function, and so do the
// operations between grant and fill.
func TestHistoryOfLeases(t *testing.T) {
	for _, s := range soundStacks {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			opts := history.Options{Operations: operations(1_000, 100_000), Local: s.local}
			history.Run(t, func(t *testing.T) cache { return s.as(t, "", nil) }, &opts)
		})
	}
}

func TestHistoryStepByStep(t *testing.T) {
	for _, s := range []stack{overMemory, overTwoLevels} {
		t.Run(s.name, func(t *testing.T) {
			history.Run(t, func(t *testing.T) cache { return s.as(t, "", nil) }, &history.Options{
				Operations: operations(5_000, 1_000_000), Local: true, Stepped: true, Function: function,
			})
		})
	}
}

// If any part of a stack does not check leases, the history must find illegal answers.
func TestHistoryFindsUnfencedLeases(t *testing.T) {
	for _, s := range stacks {
		for _, part := range s.parts {
			t.Run(s.name+"/"+part, func(t *testing.T) {
				t.Parallel()
				bites(t, func() history.Report {
					return history.Check(t.Context(), s.as(t, part, unfence), &history.Options{
						Operations: someOperations, Local: s.local, Function: function,
					})
				})
			})
		}
	}
}

func TestHistoryFindsUnfencedLeasesStepByStep(t *testing.T) {
	for _, s := range []stack{overMemory, overTwoLevels} {
		for _, part := range s.parts {
			t.Run(s.name+"/"+part, func(t *testing.T) {
				bites(t, func() (report history.Report) {
					synctest.Test(t, func(t *testing.T) {
						report = history.Check(t.Context(), s.as(t, part, unfence), &history.Options{
							Operations: someOperations, Local: true, Stepped: true, Function: function,
						})
					})
					return report
				})
			})
		}
	}
}

// One seed always makes the same history and the same report.
func TestHistoryStepByStepReplays(t *testing.T) {
	for _, s := range []stack{overMemory, overTwoLevels} {
		t.Run(s.name, func(t *testing.T) {
			var told []string
			for range 3 {
				synctest.Test(t, func(t *testing.T) {
					report := history.Check(t.Context(), s.as(t, s.parts[0], unfence), &history.Options{
						Operations: 2 * someOperations, Seed: 1815, Local: true, Stepped: true, Function: function,
						// TwoLevel copies many keys in the random order of a map.
						Without: []ctxcache.Operation{ctxcache.OpGetEntries, ctxcache.OpSetEntries, ctxcache.OpGetLeases},
					})
					told = append(told, fmt.Sprintln(report, report.First))
				})
			}
			if told[0] != told[1] || told[0] != told[2] {
				t.Errorf("one seed made different histories:\n%s\n%s\n%s", told[0], told[1], told[2])
			}
		})
	}
}

// someOperations mostly contain several illegal answers if a part does not check leases.
const someOperations = 1_000

// bites checks up to 100 histories, and fails the test if none has an illegal answer.
func bites(t *testing.T, check func() history.Report) {
	t.Helper()
	for range 100 {
		if report := check(); report.Violations > 0 {
			t.Log(report)
			t.Log(report.First[0])
			return
		}
	}
	t.Error("the histories found nothing, although fills with lost leases are stored")
}
