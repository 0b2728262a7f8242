package cachetest

import "time"

// lengthCases are about how long exactly a value is there.
func lengthCases() []Case {
	return []Case{{
		Name: "Expiry/Length",
		Rule: "a value is there for as long as its time to live, not for a part of it or for some time more",
		run: func(p *probe) {
			ttl := max(200*time.Millisecond, 10*p.unit)
			for range 6 { // a busy machine may have looked at the wrong moments
				if p.measured(ttl) {
					return
				}
				ttl *= 2
			}
			p.unproved(p.of, "the machine is too busy to measure")
		},
	}}
}

// life is what is known of how long a value lives.
type life struct {
	writer     writer
	key        string
	begin, set moment        // before and after the write
	least      time.Duration // it has lived for so long at least
	most       time.Duration // and for so long at most; 0: it is still there
}

// measured writes by every writer, looks all along the life of what was written, and ends the case if that is too short
// or too long. It returns false if it did not see enough to know.
func (p *probe) measured(ttl time.Duration) bool {
	p.Helper()
	var lives []*life
	for _, w := range writers {
		if fits(p.caps, w.needs) {
			l := &life{writer: w, key: w.name + ttl.String(), begin: p.now()}
			w.store(p, l.key, "value", ttl)
			l.set = p.now()
			lives = append(lives, l)
		}
	}
	for step, there := max(p.unit/4, ttl/40), len(lives); there > 0; p.pass(step) {
		for _, l := range lives {
			if l.most == 0 && p.looks(l, ttl) {
				there--
			}
		}
	}
	for _, l := range lives {
		if l.least < min(ttl/10*9, ttl-2*p.unit) || l.most > ttl/20*23+2*p.unit {
			return false
		}
	}
	return true
}

// looks adds a look to what is known of l, and reports whether l is over. A slow look only leaves more open.
func (p *probe) looks(l *life, ttl time.Duration) (over bool) {
	p.Helper()
	before := p.now()
	gone, _ := readers[0].finds(p, l.key, nothing)
	if !gone {
		l.least, _ = p.between(l.set, before)
		if l.least > ttl+2*p.unit+p.slack() {
			p.stops("%s: the value is still there after %v, want it for %v%s", l.writer.name, l.least, ttl, p.coarse())
		}
		return false
	}
	_, l.most = p.between(l.begin, p.now())
	if l.most < ttl-p.unit-p.slack() { // a coarse clock may be about to tick
		p.stops("%s: the value is gone after %v, want it for %v%s", l.writer.name, l.most, ttl, p.coarse())
	}
	return true
}
