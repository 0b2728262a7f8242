package cachetest_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReferenceInFakeTime(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache { return newReference() }, cachetest.FakeTime())
}

func TestReferenceInRealTime(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache { return newReference() })
}

func TestReferenceWithCoarseUnit(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache { return newReference() }, cachetest.FakeTime(), cachetest.TTLUnit(time.Second))
}

func TestMinimal(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache { return newMinimal() }, cachetest.FakeTime())
}

func TestThroughForward(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache { return ctxcache.NewForward[string, []byte](newReference()) }, cachetest.FakeTime())
}

func TestNamesAreUniqueAndRulesAreSaid(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range cachetest.Cases() {
		if seen[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		seen[c.Name] = true
		if c.Rule == "" {
			t.Errorf("%s has no rule", c.Name)
		}
	}
}
