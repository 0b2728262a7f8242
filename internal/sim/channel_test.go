package sim_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// channel is far's end of the channel through which nodes learn of far's changes.
type channel struct {
	world *world
	last  int            // the number of the last message
	told  map[string]int // how many changes were sent, by key
	beats int
	links []*link // the connected ones, in the order of connecting
}

// message reports a change. If it has no event, it is a heartbeat with the number of the last message.
type message struct {
	n     int
	event *ctxcache.Event
}

// tell sends a change to every node.
func (ch *channel) tell(e ctxcache.Event) {
	ch.last++
	ch.world.figures.messages += len(ch.links)
	key := eventKey(e)
	ch.told[key]++
	for _, l := range ch.links {
		// The draw must not depend on the message's number, because the number depends on all other keys.
		ch.send(l, message{ch.last, &e}, ch.world.dice.about("message "+key, l.client.node, l.client.life, ch.told[key]))
	}
}

// beat sends heartbeats, for ever.
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

// ordered returns when message n arrives: at the given time, or later if it must not overtake earlier messages.
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

// dials is what a client knows about its attempts to connect.
type dials struct {
	count  int
	failed time.Duration // when Watch last failed, unless the node ended it
	any    bool          // whether Watch has failed before
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

// StoredKey returns far's stored key.
func (c *client) StoredKey(key string) any { return ctxcache.StoredKey(c.world.far, key) }

// dial connects a link after a while. If the client failed before, it comes back after a random pause, which does not
// depend on the seed. The run must not depend on that pause. Therefore the link is connected, or fails, at a fixed
// time: 50, 100, 200... ms after the last failure, whichever comes next.
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
