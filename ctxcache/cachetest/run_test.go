package cachetest_test

import (
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReferenceInFakeTime(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache { return newReference() }, cachetest.FakeTime(), cachetest.LeaseTTL(leaseTTL))
}

func TestReferenceInRealTime(t *testing.T) {
	const leaseTTL = 50 * time.Millisecond
	cachetest.Run(t, func(*testing.T) cache {
		c := newReference()
		c.leaseTTL = leaseTTL
		return c
	}, cachetest.LeaseTTL(leaseTTL))
}

func TestReferenceConcurrently(t *testing.T) {
	const n = 4
	var mu sync.Mutex
	now, most := 0, 0
	count := func(change int) {
		mu.Lock()
		defer mu.Unlock()
		now += change
		most = max(most, now)
	}
	cachetest.Run(t, func(t *testing.T) cache {
		count(+1)
		t.Cleanup(func() { count(-1) })
		return newReference()
	}, cachetest.Concurrent(n))
	if most < 2 || most > n+1 { // one more cache is asked for its capabilities
		t.Errorf("%d cases ran at a time, want up to %d", most, n)
	}
}

func TestReferenceWithCoarseUnit(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache { return newReference() }, cachetest.FakeTime(), cachetest.TTLUnit(time.Second))
}

func TestMinimal(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache { return newMinimal() }, cachetest.FakeTime())
}

func TestThroughForward(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache {
		layer := ctxcache.NewForward[string, []byte](newReference(), ctxcache.Description{Kind: "forward"})
		return &layer
	}, cachetest.FakeTime(), cachetest.LeaseTTL(leaseTTL))
}

// TestReferenceInSomeScopes runs the suite on caches that have Len, Clear and Keys only in some scopes. They pass, too,
// and the suite asks them in these scopes.
func TestReferenceInSomeScopes(t *testing.T) {
	for name, newCache := range map[string]func() cache{
		"whole":    func() cache { return wholeOnly{newReference(), ctxcache.ScopesWhole} },
		"prefixed": func() cache { return prefixedOnly{newReference()} },
		"none":     func() cache { return noScopes{newReference()} },
	} {
		t.Run(name, func(t *testing.T) {
			cachetest.Run(t, func(*testing.T) cache { return newCache() }, cachetest.FakeTime())
		})
	}
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
