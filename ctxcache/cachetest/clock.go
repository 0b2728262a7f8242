package cachetest

import "time"

// moment is a point in time, by the clock of the test and by how far the clock of the cache was pushed.
type moment struct {
	at     time.Time
	pushed time.Duration
}

func (p *probe) now() moment { return moment{time.Now(), p.pushed} }

// between returns how long it is from one moment to another for the cache, at the least and at the most. A clock that
// is pushed may run in addition, or stand still.
func (p *probe) between(from, to moment) (least, most time.Duration) {
	ran, pushed := to.at.Sub(from.at), to.pushed-from.pushed
	if p.advance != nil && !p.fake {
		return pushed, pushed + ran
	}
	return ran, ran
}

// short returns the time to live of what is to expire within a case.
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
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ctx.Done():
		p.stops("the test was ended: %v", p.ctx.Err())
	}
}

// expire lets ttl pass, and ends the case if gone does not report true then. In fake time that is at once, in
// real time soon, since whose clock it is may lag.
func (p *probe) expire(ttl time.Duration, gone func() bool) {
	p.Helper()
	p.pass(ttl)
	p.untilGone(2*p.unit, gone, "it is still there %v after its time to live of %v%s", ttl, p.coarse())
}

// untilGone polls while time passes for the cache, and ends the case if done does not report true within limit, or soon
// after in real time. The format gets the time waited, and then args.
func (p *probe) untilGone(limit time.Duration, done func() bool, format string, args ...any) {
	p.Helper()
	if !p.leaps() {
		limit += p.patience
	}
	p.until(p.pass, limit, done, format, args...)
}

// await polls until done reports true, and ends the case if it does not within limit. The format gets the time
// waited, and then args.
func (p *probe) await(limit time.Duration, done func() bool, format string, args ...any) {
	p.Helper()
	p.until(p.rest, limit, done, format, args...)
}

// until polls, and lets time pass by wait, until done reports true.
func (p *probe) until(wait func(time.Duration), limit time.Duration, done func() bool, format string, args ...any) {
	p.Helper()
	step := max(p.unit/4, 5*time.Millisecond)
	if p.fake { // a look costs real time, and to wait does not
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

// coarse is what to do about a failure that is about time, if it is the clock's.
func (p *probe) coarse() string {
	return " (a cache that rounds times to live, for its clock is coarse, has to be run with TTLUnit; it is " +
		p.unit.String() + " here)"
}

// lives ends the case if the remaining life reported, left, is not what is left of ttl since the moment of the write.
func (p *probe) lives(left, ttl time.Duration, since moment) {
	p.Helper()
	if least, most := p.bounds(ttl, since); left < least || left > most {
		p.stops("remaining TTL %v, want it between %v and %v%s", left, least, most, p.coarse())
	}
}

// remains reports whether left is what is left of ttl since the moment of the write.
func (p *probe) remains(left, ttl time.Duration, since moment) bool {
	least, most := p.bounds(ttl, since)
	return left >= least && left <= most
}

// bounds returns the least and the most that may be reported of ttl since the moment before the write.
func (p *probe) bounds(ttl time.Duration, since moment) (least, most time.Duration) {
	passed, passedAtMost := p.between(since, p.now())
	if !p.leaps() {
		passed = 0 // the write may have taken that long
	}
	return ttl - passedAtMost - p.slack(), ttl - passed + p.slack()
}

// slack is how far a time may be off.
func (p *probe) slack() time.Duration {
	if p.fake {
		return p.unit
	}
	return p.unit + 10*time.Millisecond
}
