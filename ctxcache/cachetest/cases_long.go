package cachetest

import (
	"slices"
	"time"
)

const day = 24 * time.Hour

// longLives returns times to live that are too long to wait for, from a minute to a year and a half. Each is three
// times the one before it.
func longLives() []time.Duration {
	var lives []time.Duration
	for life := 90 * time.Second; life < 600*day; life *= 3 {
		lives = append(lives, life)
	}
	return lives
}

// longCases are about times to live of every length. Some stores take a long one for a date, for no expiry, or for one
// that is over.
func longCases() []Case {
	ends := per(writers, "TTL/Ends", "a value expires when its time to live is over, and not before, however long that is", 0, runLongEnds)
	for i := range ends {
		ends[i].long = true
	}
	return slices.Concat(
		per(writers, "TTL/Kept", "a value with a time to live of any length is there after the write", 0,
			func(p *probe, w writer) {
				p.storeLong(w)
				p.pass(p.short())
				for _, life := range longLives() {
					p.stillHolds(life.String(), life.String(), life)
				}
			}),
		ends,
	)
}

// storeLong stores a value for each of the long lives, under a key named after it.
func (p *probe) storeLong(w writer) {
	p.Helper()
	for _, life := range longLives() {
		w.store(p, life.String(), life.String(), life)
	}
}

// runLongEnds reads each value just before and just after the end of its life, if the case can let that time pass.
// Otherwise it checks the remaining life that the cache reports.
func runLongEnds(p *probe, w writer) {
	if !p.leaps() {
		for _, life := range longLives() {
			since := p.now()
			w.store(p, life.String(), "value", life)
			p.lives(p.entry(life.String()).TTL, life, since)
		}
		return
	}
	p.storeLong(w)
	passed := time.Duration(0)
	for _, life := range longLives() {
		key := life.String()
		p.pass(life - 2*p.unit - passed)
		p.stillHolds(key, key, life)
		passed = life
		p.pass(2 * p.unit)
		p.untilGone(2*p.unit, func() bool {
			gone, _ := readers[0].finds(p, key, nothing)
			return gone
		}, "the value is still there %v after its time to live of %v%s", life, p.coarse())
	}
}
