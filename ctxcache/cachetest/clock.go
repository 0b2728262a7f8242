package cachetest

import "time"

// patience is how long, in real time, something that has to happen is waited for.
const patience = 30 * time.Second

// short returns the time to live of what is to expire within a case.
func (p *probe) short() time.Duration {
	if p.fake {
		return max(time.Minute, 10*p.unit)
	}
	return max(40*time.Millisecond, p.unit)
}

// pass lets d pass.
func (p *probe) pass(d time.Duration) {
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
	limit := 2 * p.unit
	if !p.fake {
		limit += patience
	}
	p.pass(ttl)
	p.await(limit, gone, "it is still there %v after its time to live of %v", ttl)
}

// await polls until done reports true, and ends the case if it does not within limit. The format gets the time
// waited, and then args.
func (p *probe) await(limit time.Duration, done func() bool, format string, args ...any) {
	p.Helper()
	begin := time.Now()
	for !done() {
		waited := time.Since(begin)
		if waited >= limit {
			p.stops(format, append([]any{waited}, args...)...)
		}
		p.pass(min(max(p.unit/4, 5*time.Millisecond), limit))
	}
}

// lives ends the case if the remaining life told, left, is not what is left of ttl since the moment of the write.
func (p *probe) lives(left, ttl time.Duration, since time.Time) {
	p.Helper()
	slack := p.unit
	if !p.fake {
		slack += 10 * time.Millisecond
	}
	least := ttl - time.Since(since) - slack
	if most := ttl + slack; left < least || left > most {
		p.stops("remaining TTL %v, want it between %v and %v", left, least, most)
	}
}
