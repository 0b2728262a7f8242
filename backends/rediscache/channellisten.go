package rediscache

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// listener follows the messages of a channel. Its fields belong to the goroutine of report.
//
// The choices of this file. A message may be lost on its way.
//
//	(1) A message names the one before it. If that is not the last one heard, something was lost, or the server has
//	    restarted, or it is a replica that lacked the last messages and has become the master. The event is a Gap.
//	(2) If the last message is lost, no other shows it. So the server is asked for the tag of the last message, each third
//	    of the timeout. The listener must have heard that message within the other two thirds. A heartbeat that every
//	    watcher gets would show the same. But a question has one answer, whoever else watches, and needs no right to
//	    write.
//	(3) The question goes by the client, as reads of values do. So a subscription to another server than the client's is
//	    noticed, too: the address may have moved, or the sentinels have chosen another master, while the old one still
//	    answers.
//	(4) A channel may have no messages for long. So each question includes a PING on the subscription: a connection
//	    that was lost without a word is known before the first message is lost.
//	(5) Without a tag nobody knows what was before a message. So a message that names none is always a Gap. If the server has
//	    lost the tag, the next question sends an empty message, so that nobody has to wait for the next change to notice.
//	(6) A Gap may stand for the message that an open question names. So the question is asked anew after a Gap, with the same
//	    deadline. A message that comes after the Gap is named then.
//	(7) A message may come twice: the client sends a command again if the reply is lost. If nothing was published between,
//	    the second one names itself as the one before it, and is skipped. Otherwise it names another, as (1) demands. And
//	    the first question may be answered before the message that it names has come, which is skipped, too.
type listener struct {
	*subscription
	messages chan message
	failed   chan error // has the error of the reader
	answers  chan reply
	ask      func(until time.Time) // sends a reply to answers, or none

	last     string              // the tag of the last message that was heard; "" if it is not known
	unheard  bool                // that tag is an answer of the server, and no message has come since
	asking   bool                // a question is open
	began    time.Time           // when the last question began
	deadline time.Time           // of the open question
	waiting  bool                // for the answer of the client
	ponged   bool                // the answer to PING has come
	awaited  string              // the tag in the answer that was not heard yet; "" if none
	heard    map[string]struct{} // the tags since the question was asked
	gap      bool                // there was a Gap since
}

// reply is the answer to a question.
type reply struct {
	tag string
	err error
	end outcomes // how the question has ended, if not by an answer
}

// readAll passes messages on until the connection ends.
func (l *listener) readAll(ctx context.Context) {
	for {
		m, err := l.read()
		if err != nil {
			l.failed <- err
			return
		}
		select {
		case l.messages <- m:
		case <-ctx.Done():
			return
		}
	}
}

// report calls emit with a Gap, and then with each event, until emit, the connection or a question fails. It returns the
// error. Questions run as goroutines of running, until ctx ends.
func (l *listener) report(ctx context.Context, running *sync.WaitGroup, emit func(ctxcache.Event) error) error {
	if err := emit(ctxcache.Event{Gap: true}); err != nil {
		return err
	}
	l.began = time.Now()
	l.ask = func(until time.Time) {
		running.Go(func() {
			end := together(1, func(int) error { l.channel.askLast(ctx, until, l.answers); return nil }, func() {})
			if end.failed { // by a panic of a hook, without an answer
				l.answers <- reply{end: end}
			}
		})
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	if l.channel.timeout == 0 {
		timer.Stop()
	}
	for {
		var err error
		select {
		case m := <-l.messages:
			err = l.hear(m, emit)
		case r := <-l.answers:
			err = l.answered(r, emit)
		case err = <-l.failed:
		case <-timer.C:
			err = l.tick()
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if l.channel.timeout > 0 {
			timer.Reset(time.Until(l.next()))
		}
	}
}

// next returns when tick is due.
func (l *listener) next() time.Time {
	if l.asking {
		return l.deadline
	}
	return l.began.Add(l.channel.timeout / 3)
}

// tick begins a question if it is time, and fails if the open one was not answered in time.
func (l *listener) tick() error {
	switch {
	case time.Now().Before(l.next()):
		return nil
	case l.asking && (l.waiting || !l.ponged):
		return errSilent
	case l.asking:
		return errLost
	}
	l.began = time.Now()
	l.deadline = l.began.Add(l.channel.timeout / 3 * 2)
	l.asking, l.ponged = true, false
	l.question()
	return l.ping(l.deadline)
}

// question asks for the last message.
func (l *listener) question() {
	l.waiting, l.awaited, l.gap = true, "", false
	l.heard = map[string]struct{}{l.last: {}}
	l.ask(l.deadline)
}

// errLost is the error of a Watch that does not hear what the server has published.
var errLost = fmt.Errorf("%w: a message that the server has sent did not arrive", ctxcache.ErrTimeout)

// askLast asks for the last message until there is an answer, or until a time. Answers must have room for the answer.
func (ch *Channel) askLast(ctx context.Context, until time.Time, answers chan<- reply) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	pause := time.NewTicker(max(ch.timeout/12, time.Millisecond))
	defer pause.Stop()
	for {
		tag, err := calls.Call(ctx, ch.calls, ctxcache.OpWatch, ch.lastTag)
		if err == nil || refuses(err) {
			answers <- reply{tag: tag, err: err}
			return
		}
		select {
		case <-pause.C: // a connection of the client may have broken
		case <-ctx.Done():
			return // tick finds that there is no answer
		}
	}
}

// answered takes the answer to the open question.
func (l *listener) answered(r reply, emit func(ctxcache.Event) error) error {
	if err := r.end.end(); err != nil {
		return err
	}
	if r.err != nil {
		return fmt.Errorf("the last message is not known: %w", r.err)
	}
	l.waiting = false
	switch _, heard := l.heard[r.tag]; {
	case heard:
	case r.tag == "": // the server has lost the tag, and the account may not publish
		l.last = ""
		if err := l.emit(ctxcache.Event{Gap: true}, emit); err != nil {
			return err
		}
	case l.gap: // (6)
		l.question()
	default:
		l.awaited = r.tag
	}
	l.settle()
	return nil
}

// hear takes a message.
func (l *listener) hear(m message, emit func(ctxcache.Event) error) error {
	if m.pong {
		l.ponged = true
		l.settle()
		return nil
	}
	first := l.unheard
	l.unheard = false
	if m.tag == l.last && (first || m.before == m.tag) { // (7)
		return nil
	}
	follows := m.before == l.last && m.before != "" // (1), (5)
	l.last = m.tag
	if l.asking {
		l.heard[m.tag] = struct{}{}
	}
	if !follows {
		m.events = []ctxcache.Event{{Gap: true}} // which includes what the message says
		l.gap = true
	}
	for _, e := range m.events {
		if err := l.emit(e, emit); err != nil {
			return err
		}
	}
	switch l.awaited {
	case "":
	case m.tag:
		l.awaited = ""
		l.settle()
	default:
		if l.gap {
			l.question()
		}
	}
	return nil
}

// emit calls emit. What arrives meanwhile waits, so the time does not count for the open question.
func (l *listener) emit(e ctxcache.Event, emit func(ctxcache.Event) error) error {
	began := time.Now()
	err := emit(e)
	l.deadline = l.deadline.Add(time.Since(began))
	return err
}

// settle ends the open question if it is answered, and everything up to the answer was heard.
func (l *listener) settle() {
	if l.asking && !l.waiting && l.ponged && l.awaited == "" {
		l.asking, l.heard = false, nil
	}
}

// isNil reports whether err is the answer null.
func isNil(err error) bool { return err == redis.Nil }
