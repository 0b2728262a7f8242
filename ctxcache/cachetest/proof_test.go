package cachetest_test

import (
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
	fails  []string // patterns of the names of the cases that must fail
	but    []string // patterns of cases that match fails, but must pass
	limit  int      // the suite runs with this MaxValue; 0: without
	within string   // the part of the suite that runs, for caches that break more or that race; "": all of it
}

// TestBrokenCachesFail proves that the suite finds faults: each broken cache fails the cases meant for it, and no
// others.
func TestBrokenCachesFail(t *testing.T) {
	all := slices.Concat(
		brokenRules(), brokenLooks(), brokenTTLs(), brokenLong(), brokenMemory(), brokenRefused(),
		brokenKeys(), brokenCapabilities(), brokenLeases(), brokenFills(), brokenLives(), brokenMany(),
		brokenLayers(), brokenDescriptions(),
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
	verdicts := cachetest.Verdicts(t, b.new, b.within, leaseTTL, options...)
	failed := 0
	for _, c := range cachetest.Cases() {
		said, applies := verdicts[c.Name]
		if !applies {
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
