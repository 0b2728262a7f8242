package releases_test

import (
	"encoding/json"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

// stats returns the counters of the release.
func (r *release) stats() ctxcache.Stats {
	r.t.Helper()
	var stats ctxcache.Stats
	must(r.t, json.Unmarshal([]byte(r.do("stats")), &stats))
	return stats
}

// entry returns what the release knows about the value of key.
func (r *release) entry(key string) ctxcache.Meta {
	r.t.Helper()
	var meta ctxcache.Meta
	must(r.t, json.Unmarshal([]byte(r.do("entry "+key)), &meta))
	return meta
}

// TestReleasesReadTheLastChange checks that no release reads an old value or a value of the other's, whatever its types
// are, and that both load at most twice as often as one release that does everything alone. A Set gives a value to one
// release only, so it is one more load for the other.
func TestReleasesReadTheLastChange(t *testing.T) {
	eachStore(t, func(t *testing.T, s site) {
		for _, c := range changes {
			t.Run(c.name, func(t *testing.T) {
				s := site{t, s.store, s.addr, s.source}
				for name, withSets := range map[string]bool{"with Sets": true, "without": false} {
					alone := newSequence(s.source, s.start(&oldProgram, c, "alone "+name))
					alone.run(steps, withSets)
					alone.check(t)
					before, after := s.both(c, name)
					both := newSequence(s.source, before, after)
					both.run(steps, withSets)
					both.check(t)
					t.Logf("%s: %d loads, %d by one release alone, %d Sets", name, both.total(), alone.total(), both.sets)
					if both.total() > 2*alone.total()+both.sets {
						t.Errorf("%s: %d loads, %d by one release alone", name, both.total(), alone.total())
					}
				}
			})
		}
	})
}

// TestReleasesKeepHitting checks that no release loads again what it has, although the releases read in turn.
func TestReleasesKeepHitting(t *testing.T) {
	eachStore(t, func(t *testing.T, s site) {
		before, after := s.both(changes[0], "")
		s.source["k"] = 1
		for range 20 {
			before.gets("k")
			after.gets("k")
		}
		if before.loads != 1 || after.loads != 1 {
			t.Errorf("%d and %d loads, want one each", before.loads, after.loads)
		}
		if got, other := otherShape(before.stats()), otherShape(after.stats()); got != 0 || other != 1 {
			t.Errorf("they count %d and %d values of another shape, want 0 and 1", got, other)
		}
	})
}

// TestReleasesWithoutEnvelopesAreCaught checks that the sequence shows wrong values where there are some.
func TestReleasesWithoutEnvelopesAreCaught(t *testing.T) {
	eachStore(t, func(t *testing.T, s site) {
		for _, c := range changes {
			before, after := s.both(c, c.name, "-envelope=false")
			both := newSequence(s.source, before, after)
			both.run(steps, true)
			if len(both.wrong) == 0 {
				t.Errorf("%s: every answer is right", c.name)
			}
		}
	})
}

// TestReleasesWithLargeValues checks that the answers are right, too, if the store has no room for the values of both.
// Then the last Fill is the one that is stored, so there are more loads.
func TestReleasesWithLargeValues(t *testing.T) {
	eachStore(t, func(t *testing.T, s site) {
		before, after := s.both(change{"large", "{Name:vV Text:600000}", "{FullName:vV Text:600000}"}, "")
		both := newSequence(s.source, before, after)
		both.run(steps/4, true) // each takes long
		s.source["k"] = 1
		for _, wrong := range both.wrong {
			t.Error(wrong)
		}
		for _, r := range []*release{before, after, before} {
			r.gets("k")
			loads := r.loads
			if r.gets("k"); r.loads != loads {
				t.Errorf("the %s release has not stored its value", r.name)
			}
		}
	})
}
