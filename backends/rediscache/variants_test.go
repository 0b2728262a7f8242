package rediscache_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/remotetest"
)

// variants are the conformance tests that differ from TestConformance in one thing, of the cache or of the server. Each
// runs the cases where this may show. Their names begin with the given parts. For the whole matrix, it runs all cases.
var variants = map[string][]string{
	"TestConformancePlain":         {"CopyTTL", "Entry", "Expiry", "Many", "Remove", "Supports", "TTL", "Unsupported"},
	"TestConformanceWholeDatabase": {"Close", "KeyListed", "Keys", "Lease/Lost", "Scope", "Shared", "Stats"},
	"TestConformanceCluster": {
		"Delete", "FillMany", "Keys", "KeyMany", "Lease/Fill", "Lease/PerKey", "Leases", "Many", "ReleaseMany", "Scope",
		"Shared", "Stats", "Watch",
	},
	"TestConformanceSentinel": {"Watch"},
	"TestConformanceRing":     {"Delete", "KeyMany", "Keys", "Many", "Negative", "Remove", "Scope", "Supports", "Unsupported"},
	"TestConformanceMiniredis": {
		"Drop", "Expiry", "FillMany", "Key", "KeyListed", "Lease/Expired", "Lease/Fill", "Lease/Present", "Leases", "Negative",
		"Refresh", "Shared", "TTL",
	},
	"TestConformanceOfOpen": {
		"Close", "Context", "Entry", "Errors", "Expiry", "KeyMany", "Many", "Miss", "Negative", "Ownership", "Shared", "Stats",
	},
	"TestConformanceWithoutPEXPIRETIME": {"Drop", "Lease/Expired", "Lease/Fill", "Lease/Present", "Refresh", "Shared"},
}

// shortVariants runs tests without the cases that variants leave out.
type shortVariants struct{ tests *testing.M }

func (s shortVariants) Run() int {
	if !remotetest.WholeMatrix() {
		flag.Parse() // so that it does not overwrite the flag later
		skip := flag.Lookup("test.skip").Value
		var patterns []string
		if given := skip.String(); given != "" {
			patterns = append(patterns, given)
		}
		for variant, kept := range variants {
			for _, others := range leftOut(kept) {
				patterns = append(patterns, "^"+variant+"$/"+others)
			}
		}
		if err := skip.Set(strings.Join(patterns, "|")); err != nil {
			panic(err) // -skip is a flag of package testing
		}
	}
	return s.tests.Run()
}

// leftOut returns patterns of the cases whose names do not begin with one of these. There are few of them, because package
// testing compiles each of them for each case.
func leftOut(kept []string) []string {
	var whole []string                 // first parts whose cases are left out
	parts := make(map[string][]string) // second parts that are left out, by the first parts
	for _, c := range cachetest.Cases() {
		first, rest, _ := strings.Cut(c.Name, "/")
		second, _, _ := strings.Cut(rest, "/")
		switch {
		case slices.Contains(kept, first), slices.Contains(kept, first+"/"+second):
		case slices.Contains(whole, first):
		case slices.ContainsFunc(kept, func(k string) bool { return strings.HasPrefix(k, first+"/") }):
			if !slices.Contains(parts[first], second) {
				parts[first] = append(parts[first], second)
			}
		default:
			whole = append(whole, first)
		}
	}
	patterns := []string{"^(" + strings.Join(whole, "|") + ")$"}
	for first, seconds := range parts {
		patterns = append(patterns, "^"+first+"$/^("+strings.Join(seconds, "|")+")$")
	}
	return patterns
}

// A part of a name that no case has would leave its cases out.
func TestVariantsNameCases(t *testing.T) {
	for variant, kept := range variants {
		for _, beginning := range kept {
			if !slices.ContainsFunc(cachetest.Cases(), func(c cachetest.Case) bool {
				return c.Name == beginning || strings.HasPrefix(c.Name, beginning+"/")
			}) {
				t.Errorf("%s: no case has a name that begins with %s", variant, beginning)
			}
		}
	}
}
