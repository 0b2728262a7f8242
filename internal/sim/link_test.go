package sim_test

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// link is one call of Watch: the node's end of the channel. It tells what it receives as it comes, and a Gap for what it does
// not. All of it is the scheduler's, but for the waiting for its end.
type link struct {
	client *client
	fn     func(ctxcache.Event)
	ended  chan struct{}
	err    error // written before ended is closed

	gone    bool
	known   int          // the highest number that is known to have been given
	missing map[int]bool // known numbers that have not arrived
	heard   int          // heartbeats, and silences

	// Of the other end.
	first  int             // number of a message
	latest []time.Duration // when it and all before it have arrived, for each since the first
}

func (l *link) connect() {
	w := l.client.world
	w.channel.links = append(w.channel.links, l)
	l.known = w.channel.last
	l.missing = make(map[int]bool)
	w.note(l.client.name(), "watches from message", "", l.known)
	l.gap("connected")
	l.listen()
}

// end is the failure of Watch.
func (l *link) end(err error) {
	if l.gone {
		return
	}
	l.hangUp()
	w := l.client.world
	w.note(l.client.name(), "watches no more: "+err.Error(), "", noNumber)
	l.client.dials.failed, l.client.dials.any = w.now(), true
	l.err = err
	close(l.ended)
}

func (l *link) hangUp() {
	l.gone = true
	l.client.world.channel.disconnect(l)
}

func (l *link) receive(m message) {
	if l.gone {
		return
	}
	if m.event == nil {
		l.listen()
		l.learn(m.n + 1)
		return
	}
	delete(l.missing, m.n)
	l.client.world.note(l.client.name(), "is told by message", eventKey(*m.event), m.n)
	l.fn(*m.event)
	l.learn(m.n)
	l.known = max(l.known, m.n)
	for n := range l.missing {
		if n < m.n-reorderWithin {
			l.gap("overtaken")
			return
		}
	}
}

func eventKey(e ctxcache.Event) string {
	if e.All {
		return "all"
	}
	return e.Key.(string)
}

// learn is told that there are messages up to before. Those it does not know of are missing, for a while.
func (l *link) learn(before int) {
	w := l.client.world
	for n := l.known + 1; n < before; n++ {
		l.known = n
		l.missing[n] = true
		w.later(holeWait, func() {
			if !l.gone && l.missing[n] {
				l.gap("missed")
			}
		})
	}
}

// listen waits for the next heartbeat.
func (l *link) listen() {
	l.heard++
	heard := l.heard
	l.client.world.later(silence, func() {
		if !l.gone && l.heard == heard {
			l.gap("silent")
			l.listen()
		}
	})
}

// gap tells that something is not told.
func (l *link) gap(why string) {
	w := l.client.world
	clear(l.missing)
	w.figures.gaps++
	w.note(l.client.name(), "is told of a gap: "+why, "", noNumber)
	l.fn(ctxcache.Event{Gap: true})
}
