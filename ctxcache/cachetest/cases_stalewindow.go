package cachetest

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// staleWindowCases are about CapStale: layers above take a window of 0 for the writer's wish.
func staleWindowCases() []Case {
	return slices.Concat(
		per(wholeWriters(), "Stale/Window", "with CapStale, reads report the whole stale window: StaleFor, cut to TTL, and StaleAge",
			ctxcache.CapStale, func(p *probe, w writer) {
				fresh, begins, old := staleFor(time.Minute, hour), staleFor(hour, hour), staleFor(hour, hour)
				old.StaleAge = time.Minute
				for key, e := range map[string]entry{"fresh": fresh, "begins": begins, "old": old, "none": staleFor(0, hour)} {
					p.ok(w.write(p, key, e), w.name)
					p.windowEverywhere(key, e.StaleWindow())
				}
			}),
		[]Case{{
			Name:  "Supports/Stale",
			Rule:  "CapStale comes with CapEntry",
			needs: ctxcache.CapStale,
			run: func(p *probe) {
				if !p.caps.Has(ctxcache.CapEntry) {
					p.stops("Supports reports stale windows without entries: %s", p.caps)
				}
			},
		}},
	)
}

// windowEverywhere ends the case if some way to read reports another stale window than the one that was written.
func (p *probe) windowEverywhere(key string, window time.Duration) {
	p.Helper()
	for _, r := range metaReaders() {
		if !fits(p.caps, r.needs) {
			continue
		}
		got := r.read(p, key).meta
		if off := got.StaleWindow() - window; off > p.unit || off < -p.unit {
			p.stops("%s: StaleFor %v and StaleAge %v, want %v together, as written", r.name, got.StaleFor, got.StaleAge, window)
		}
		if got.TTL != ctxcache.Unknown && (got.StaleFor > got.TTL || got.StaleAge > p.unit && got.StaleFor < got.TTL) {
			p.stops("%s: StaleFor %v, StaleAge %v with a TTL of %v: a value has no StaleAge while it is fresh", r.name, got.StaleFor, got.StaleAge, got.TTL)
		}
	}
}
