package cachetest

import "time"

// moment is a point in time: the time by the clock of the test, how far the clock of the cache was pushed, and how long the
// case had only waited.
type moment struct {
	at             time.Time
	pushed, rested time.Duration
}

func (p *probe) now() moment { return moment{time.Now(), p.pushed, p.rested} }

// between returns the time that has passed for the cache from one moment to another, at least and at most. A pushed
// clock may also run by itself, or stand still between pushes.
func (p *probe) between(from, to moment) (least, most time.Duration) {
	ran, pushed := to.at.Sub(from.at), to.pushed-from.pushed
	if p.advance != nil && !p.fake {
		return pushed, pushed + ran
	}
	return ran, ran
}

// short returns the time to live of values that are to expire within a case.
func (p *probe) short() time.Duration {
	if p.fake {
		return max(time.Minute, 10*p.unit)
	}
	return max(40*time.Millisecond, p.unit)
}

// pass lets d pass for the cache.
func (p *probe) pass(d time.Duration) {
	p.Helper()
	if p.advance != nil {
		p.advance(d)
		p.pushed += d
	}
	if p.advance == nil || p.fake {
		p.rest(d)
	}
}

// rest waits for d.
func (p *probe) rest(d time.Duration) {
	p.Helper()
	began := time.Now()
	defer func() { p.rested += time.Since(began) }()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ctx.Done():
		p.stops("the test was ended: %v", p.ctx.Err())
	}
}

// expire lets ttl pass, and ends the case if gone does not report true then. In fake time gone must report true at
// once. In real time it may take a little longer, because the clock of the cache may lag.
func (p *probe) expire(ttl time.Duration, gone func() bool) {
	p.Helper()
	p.pass(ttl)
	p.untilGone(2*p.unit, gone, "the key is still there %v after its time to live of %v%s", ttl, p.coarse())
}

// untilGone polls done while time passes for the cache. It ends the case if done does not report true within limit, or
// a while later in real time. The format gets the time waited, and then args.
func (p *probe) untilGone(limit time.Duration, done func() bool, format string, args ...any) {
	p.Helper()
	if !p.leaps() {
		limit += p.patience
	}
	p.until(p.pass, limit, done, format, args...)
}

// await polls done, and ends the case if done does not report true within limit. The format gets the time waited, and
// then args.
func (p *probe) await(limit time.Duration, done func() bool, format string, args ...any) {
	p.Helper()
	p.until(p.rest, limit, done, format, args...)
}

// until polls done until it reports true, and lets time pass by wait. It ends the case if that takes longer than limit.
func (p *probe) until(wait func(time.Duration), limit time.Duration, done func() bool, format string, args ...any) {
	p.Helper()
	step := max(p.unit/4, 5*time.Millisecond)
	if p.fake { // polling costs real time, and waiting does not
		step = max(step, limit/200)
	}
	begin := p.now()
	for !done() {
		_, waited := p.between(begin, p.now())
		if waited >= limit {
			p.stops(format, append([]any{waited}, args...)...)
		}
		wait(min(step, limit))
	}
}

// coarse returns advice for a failure that may be due to a coarse clock.
func (p *probe) coarse() string {
	return " (if the cache rounds times to live because its clock is coarse, run it with the option TTLUnit, which is " +
		p.unit.String() + " now)"
}

// lives ends the case if left, the reported remaining TTL, is not the rest of ttl. The write began at since.
func (p *probe) lives(left, ttl time.Duration, since moment) {
	p.Helper()
	if least, most := p.bounds(ttl, since); left < least || left > most {
		p.stops("remaining TTL %v, want it between %v and %v%s", left, least, most, p.coarse())
	}
}

// remains reports whether left is the rest of ttl. The write began at since.
func (p *probe) remains(left, ttl time.Duration, since moment) bool {
	least, most := p.bounds(ttl, since)
	return left >= least && left <= most
}

// bounds returns the least and the most that a cache may report as the rest of ttl. The write began at since.
//
// In real time calls take a while, and a cache that asks a server does not know when the server looked at its clock. So it
// may count the time of its calls twice: a near copy of a value must not live longer than the value.
func (p *probe) bounds(ttl time.Duration, since moment) (least, most time.Duration) {
	now := p.now()
	passed, passedAtMost := p.between(since, now)
	if !p.leaps() {
		passed = 0 // the write may have taken all that time
		passedAtMost += now.at.Sub(since.at) - (now.rested - since.rested)
	}
	return ttl - passedAtMost - p.slack(), ttl - passed + p.slack()
}

// slack is how far a measured time may be off.
func (p *probe) slack() time.Duration {
	if p.fake {
		return p.unit
	}
	return p.unit + 10*time.Millisecond
}
