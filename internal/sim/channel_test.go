package sim_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// channel is what tells nodes of far's changes: the end at far.
type channel struct {
	world *world
	last  int            // number of the last message
	told  map[string]int // changes, by key
	beats int
	links []*link // those that are connected, in the order of connecting
}

// message tells of a change, or, without an event, of the number of the last message.
type message struct {
	n     int
	event *ctxcache.Event
}

// tell sends a change to all.
func (ch *channel) tell(e ctxcache.Event) {
	ch.last++
	ch.world.figures.messages += len(ch.links)
	key := eventKey(e)
	ch.told[key]++
	for _, l := range ch.links {
		// Not about its number: that depends on all other keys.
		ch.send(l, message{ch.last, &e}, ch.world.dice.about("message "+key, l.client.node, l.client.life, ch.told[key]))
	}
}

// beat sends heartbeats for ever.
func (ch *channel) beat() {
	ch.world.later(heartbeat, func() {
		ch.beats++
		for _, l := range ch.links {
			ch.send(l, message{ch.last, nil}, ch.world.dice.about("heartbeat", l.client.node, l.client.life, ch.beats))
		}
		ch.beat()
	})
}

// send sends one message to one node, or loses it.
func (ch *channel) send(l *link, m message, d draw) {
	w := ch.world
	delay := d.delay()
	lost := d.percent(dropPercent)
	again := d.percent(doublePercent)
	if m.event != nil {
		delay = l.ordered(m.n, w.now()+delay) - w.now()
	}
	if lost || w.nodes[l.client.node].mutes > 0 {
		w.figures.drops++
		w.note(l.client.name(), "never gets message", "", m.n)
		return
	}
	w.later(delay, func() { l.receive(m) })
	if again {
		w.figures.doubles++
		w.later(d.delay(), func() { l.receive(m) })
	}
}

// ordered returns when message n is to arrive, which would be at that time: not before those that it must not overtake.
func (l *link) ordered(n int, at time.Duration) time.Duration {
	if l.first == 0 {
		l.first = n
	}
	if must := n - l.first - reorderWithin - 1; must >= 0 {
		at = max(at, l.latest[must])
	}
	latest := at
	if len(l.latest) > 0 {
		latest = max(latest, l.latest[len(l.latest)-1])
	}
	l.latest = append(l.latest, latest)
	return at
}

// dials is what a client knows of its connecting.
type dials struct {
	count  int
	failed time.Duration // when Watch last ended, for whatever reason but the node's
	any    bool          // it has
}

var errCut = errors.New("the connection is cut")

// Watch is the node's end of the channel.
func (c *client) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	l := &link{client: c, fn: fn, ended: make(chan struct{})}
	c.world.handIn(func(in *inbox) { in.dialled = append(in.dialled, l) })
	select {
	case <-l.ended:
		return l.err
	case <-ctx.Done():
		c.world.handIn(func(in *inbox) { in.hungUp = append(in.hungUp, l) })
		return ctx.Err()
	}
}

// StoredKey is far's.
func (c *client) StoredKey(key string) any { return ctxcache.StoredKey(c.world.far, key) }

// dial connects a link, after a while. Who failed before comes again after a random pause, which the seed knows nothing
// of: the connection is there, or fails, at the first of 50, 100, 200... ms after the last failure that is still to come.
func (ch *channel) dial(l *link) {
	w, d := ch.world, &l.client.dials
	wait := w.dice.about("dial", l.client.node, l.client.life, d.count).leg()
	if d.any {
		pause := 50 * time.Millisecond
		for d.failed+pause <= w.now() {
			pause *= 2
		}
		wait = d.failed + pause - w.now()
	}
	d.count++
	w.last(wait, l.client.node, func() {
		switch {
		case l.gone:
		case w.lost > 0:
			l.end(errOutage)
		default:
			l.connect()
		}
	})
}

// reaches reports whether a client is connected.
func (ch *channel) reaches(c *client) bool {
	return slices.ContainsFunc(ch.links, func(l *link) bool { return l.client == c })
}

func (ch *channel) disconnect(l *link) {
	ch.links = slices.DeleteFunc(ch.links, func(other *link) bool { return other == l })
}
