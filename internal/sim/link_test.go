package sim_test

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// link is one call of Watch, the node's end of the channel. It passes on the events that it receives, and a Gap for
// events that it misses. Only the scheduler uses its fields, except ended.
type link struct {
	client *client
	fn     func(ctxcache.Event)
	ended  chan struct{}
	err    error // written before ended is closed

	gone    bool
	known   int          // the highest number that the link knows to exist
	missing map[int]bool // numbers that exist and have not arrived
	heard   int          // how many heartbeats and silences

	// These belong to far's end.
	first  int             // the number of the first message
	latest []time.Duration // for each message since the first, when it and all before it have arrived
}

func (l *link) connect() {
	w := l.client.world
	w.channel.links = append(w.channel.links, l)
	l.known = w.channel.last
	l.client.watches = w.moment()
	l.missing = make(map[int]bool)
	w.note(l.client.name(), "watches from message", "", l.known)
	l.gap("connected")
	l.listen()
}

// end makes Watch fail.
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
	l.client.world.note(l.client.name(), "receives message", eventKey(*m.event), m.n)
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

// learn records that all messages before this number exist. If one is missing for too long, there is a gap.
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

// gap passes a Gap on to the node.
func (l *link) gap(why string) {
	w := l.client.world
	clear(l.missing)
	w.figures.gaps++
	w.note(l.client.name(), "gets a gap: "+why, "", noNumber)
	l.fn(ctxcache.Event{Gap: true})
}
