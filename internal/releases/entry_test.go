package releases_test

import (
	"testing"
	"time"
)

// TestReleasesKnowTheLifeOfTheirValues checks that each release knows when its value was written, and how long it lives,
// also over Memcached, and whichever release stored first.
func TestReleasesKnowTheLifeOfTheirValues(t *testing.T) {
	eachStore(t, func(t *testing.T, s site) {
		before := s.start(&oldProgram, changes[0], "", "-ttl", "1h")
		after := s.start(&newProgram, changes[0], "", "-ttl", "2h")
		lives := map[*release]time.Duration{before: time.Hour, after: 2 * time.Hour}
		for _, order := range [][]*release{{before, after}, {after, before}} {
			before.do("delete k")
			s.source["k"]++
			times := []time.Time{time.Now()}
			for _, r := range order {
				r.gets("k")
				times = append(times, time.Now())
			}
			for i, r := range order {
				e := r.entry("k")
				if e.Written.Before(times[i].Round(0)) || e.Written.After(times[i+1]) {
					t.Errorf("the %s release says %v, want a time from %v to %v", r.name, e.Written, times[i], times[i+1])
				}
				if e.TTL < 30*time.Minute || e.TTL > lives[r] {
					t.Errorf("the value of the %s release lives for %v, want nearly %v", r.name, e.TTL, lives[r])
				}
			}
		}
	})
}
