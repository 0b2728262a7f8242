package cached_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
)

// A value that is used never expires with RefreshAhead, even if near copies live so short that all its uses are hits in
// far.
func TestFuncRefreshAheadOfHitsInFar(t *testing.T) {
	for name, many := range map[string]bool{"GetResult": false, "GetMany": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				both, _ := newLevels()
				s := newOrigin("k", "1")
				f := cached.Func(both, s.load, &cached.Options{TTL: time.Minute, RefreshAhead: 0.5})
				expectGet(t, f, "1", nil)
				for range 100 {
					time.Sleep(5 * time.Second)
					if many {
						found, err := f.GetMany(t.Context(), []string{"k"})
						expect(t, found["k"], err, "1", nil)
					} else {
						r, err := f.GetResult(t.Context(), "k")
						expect(t, r.Value, err, "1", nil)
						want := cached.WhyHit
						if r.Age >= 30*time.Second {
							want = cached.WhyAhead
						}
						if r.Loaded || r.Stale || r.Level != cached.LevelFar || r.Why != want {
							t.Fatalf("got %+v, want %q", r, want)
						}
					}
					synctest.Wait()
				}
				s.expect(t, 1+500/30) // each of the values has lived for 30 s
			})
		})
	}
}

// The same holds for RefreshBeta, here so large that each use is due.
func TestFuncRefreshBetaOfHitsInFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both, _ := newLevels()
		s := newOrigin("k", "1")
		f := cached.Func(both, slowly(s), &cached.Options{TTL: time.Minute, RefreshBeta: 1e15})
		expectGet(t, f, "1", nil)
		for loads := 2; loads < 10; loads++ {
			time.Sleep(10 * time.Second)
			began := time.Now()
			expectGet(t, f, "1", nil)
			if took := time.Since(began); took != 0 {
				t.Errorf("a hit in far took %v", took)
			}
			time.Sleep(2 * time.Second)
			s.expect(t, loads)
		}
	})
}
