package cachetest

import "time"

// lengthCases are about the exact length of a life.
func lengthCases() []Case {
	return []Case{{
		Name: "Expiry/Length",
		Rule: "a value is there for its whole time to live, and not for much longer",
		run: func(p *probe) {
			var able []writer
			for _, w := range writers {
				if fits(p.caps, w.needs) {
					able = append(able, w)
				}
			}
			p.measure(200*time.Millisecond, able, func(string) {})
		},
	}}
}

// life is what is known about the life of a value.
type life struct {
	writer     writer
	key        string
	begin, set moment        // before and after the write
	least      time.Duration // the value has lived for at least this long
	most       time.Duration // and for at most this long; 0: it is still there
}

// measure stores a value by each of the writers, for ttl, or for longer if the clock is coarse. It ends the case if a
// value does not live for exactly that long, as far as that can be measured. Meanwhile it also calls look for each key.
// A slow look does not fail the case. If slow looks leave too much open, measure starts again with a longer time to
// live.
func (p *probe) measure(ttl time.Duration, by []writer, look func(key string)) {
	p.Helper()
	ttl = max(ttl, 10*p.unit)
	for range 6 {
		if p.measured(ttl, by, look) {
			return
		}
		ttl *= 2
	}
	p.unproved(p.of, "the machine is too busy to measure")
}

// measured measures once. It returns false if it did not see enough to decide.
func (p *probe) measured(ttl time.Duration, by []writer, look func(key string)) bool {
	p.Helper()
	var lives []*life
	for _, w := range by {
		l := &life{writer: w, key: w.name + ttl.String(), begin: p.now()}
		w.store(p, l.key, "value", ttl)
		l.set = p.now()
		lives = append(lives, l)
	}
	for step, there := max(p.unit/4, ttl/40), len(lives); there > 0; p.pass(step) {
		for _, l := range lives {
			if l.most == 0 {
				look(l.key)
				if p.over(l, ttl) {
					there--
				}
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

// over takes one more look at the value, adds it to l, and reports whether the value is gone.
func (p *probe) over(l *life, ttl time.Duration) bool {
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
	if l.most < ttl-p.unit-p.slack() { // a coarse clock may have been about to tick
		p.stops("%s: the value is gone after %v, want it for %v%s", l.writer.name, l.most, ttl, p.coarse())
	}
	return true
}
