package cachetest_test

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// broken is a cache that breaks one promise.
type broken struct {
	name   string
	new    func() cache
	fails  []string                  // patterns of the names of the cases that must fail
	but    []string                  // patterns of cases that match fails, but must pass
	chance []string                  // patterns of cases that fail if goroutines happen to meet
	limit  int                       // the suite runs with this MaxValue; 0: without
	shared func() (one, other cache) // the suite runs with this Shared; nil: without
	within string                    // the part of the suite that runs, for caches that break more or that race; "": all of it, see runs
}

// wholeSuite is an environment variable. If it is set, all of the suite runs on each broken cache. "make matrix" sets it.
const wholeSuite = "CACHED_MATRIX"

// runs reports whether the case of this name runs. Without wholeSuite only the folders run that have a case that must
// fail: another case of the same folder is the likeliest one to fail, too.
func (b broken) runs(name string) bool {
	if !strings.HasPrefix(name, b.within) {
		return false
	}
	return os.Getenv(wholeSuite) != "" || slices.ContainsFunc(b.fails, func(pattern string) bool {
		return matches([]string{folder(pattern)}, folder(name))
	})
}

// folder returns the first part of the name of a case, or of a pattern.
func folder(name string) string {
	first, _, _ := strings.Cut(name, "/")
	return first
}

// TestBrokenCachesFail proves that the suite finds faults: each broken cache fails the cases meant for it, and no
// others. It runs all of the suite on each cache only with wholeSuite.
func TestBrokenCachesFail(t *testing.T) {
	all := slices.Concat(
		brokenRules(), brokenLooks(), brokenTTLs(), brokenLong(), brokenMemory(), brokenRefused(),
		brokenKeys(), brokenCapabilities(), brokenLeases(), brokenFills(), brokenLives(), brokenMany(),
		brokenLayers(), brokenDescriptions(), brokenGetMany(), brokenLists(), brokenStats(), brokenWatches(),
		brokenOutages(), brokenShared(),
	)
	for _, b := range all {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel() // some caches have to wait by the real clock
			b.proves(t)
		})
	}
}

// proves runs the suite on the cache. It fails the test if a case that must fail passes, or if another case fails.
func (b broken) proves(t *testing.T) {
	t.Helper()
	var options []cachetest.Option
	if b.limit > 0 {
		options = append(options, cachetest.MaxValue(b.limit))
	}
	if b.shared != nil {
		options = append(options, cachetest.Shared(func(*testing.T) (one, other cache) { return b.shared() }))
	}
	verdicts := cachetest.Verdicts(t, b.new, b.runs, leaseTTL, options...)
	failed := 0
	for _, c := range cachetest.Cases() {
		said, applies := verdicts[c.Name]
		if !applies || matches(b.chance, c.Name) {
			continue
		}
		expected := matches(b.fails, c.Name) && !matches(b.but, c.Name)
		switch {
		case expected && said == "":
			t.Errorf("%s did not fail", c.Name)
		case !expected && said != "":
			t.Errorf("%s failed, too: %s", c.Name, said)
		case said != "" && !strings.Contains(said, c.Rule):
			t.Errorf("%s failed without its rule: %s", c.Name, said)
		}
		if said != "" {
			failed++
		}
	}
	if failed == 0 {
		t.Error("no case failed")
	}
}

// matches reports whether name matches one of the patterns.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		if err != nil {
			panic(err) // a mistake in the table
		}
		return ok
	})
}
