package rediscache

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// changes is the connection of one Watch, on which the server reports changes. It speaks RESP3: a reply may have pushes
// before it, and between them. Only one goroutine may use it at a time, but any may call interrupt.
type changes struct {
	wire
	*link
	text []byte // the last string
}

// openChanges connects, and asks the server to report the changes of the cache's keys. It ends with ctx.
func (c *Cache) openChanges(ctx context.Context) (*changes, error) {
	l := newLink(ctx, c.client.(singleClient).Options()) // see canWatch
	opened := false
	defer func() {
		if !opened { // an error, or a panic of the client's Dialer or OnConnect
			l.close()
		}
	}()
	stop := context.AfterFunc(ctx, l.interrupt)
	defer stop()
	conn, err := l.connect(ctx, c.options.Prefix+"__watch__")
	if err != nil {
		return nil, err
	}
	s := &changes{wire: wire{conn: newAlive(conn, c.options.WatchTimeout), in: make([]byte, wireBuffer)}, link: l}
	limited, err := s.track(c.options.Prefix)
	switch {
	case err != nil:
		return nil, err
	case !stop():
		return nil, ctx.Err()
	}
	c.unlimited.Store(!limited)
	opened = true
	return s, nil
}

// track asks for the changes of keys with a prefix. The reply to SUBSCRIBE is still to come: track reports whether the
// server has accepted it.
func (s *changes) track(prefix string) (subscribed bool, err error) {
	s.command("hello", 2) // go-redis has sent it, but does not say whether the server has accepted it
	s.arg("3")
	if prefix == "" {
		s.command("client", 4)
	} else {
		s.command("client", 6)
	}
	s.arg("tracking")
	s.arg("on")
	s.arg("bcast")
	if prefix != "" {
		s.arg("prefix")
		s.arg(prefix)
	}
	if err := s.send(); err != nil {
		return false, err
	}
	first, err := s.element()
	if err == nil {
		err = s.rest(first)
	}
	if err != nil {
		return false, err
	}
	subscribed = first.kind == '>'
	for _, want := range []struct {
		kind    byte
		failure string
	}{
		{'%', "the server does not speak RESP3"},
		{'+', "the server refuses CLIENT TRACKING"},
	} {
		e, err := s.reply()
		switch {
		case err != nil:
			return subscribed, err
		case e.kind == '-':
			return subscribed, fmt.Errorf("%s: %w", want.failure, answer(e.text))
		case e.kind != want.kind:
			return subscribed, fmt.Errorf("%s: %w", want.failure, errProtocol)
		}
		if err := s.rest(e); err != nil {
			return subscribed, err
		}
	}
	return subscribed, nil
}

// reply reads the beginning of the next element that is not a push.
func (s *changes) reply() (element, error) {
	for {
		e, err := s.element()
		if err != nil || e.kind != '>' {
			return e, err
		}
		if err := s.rest(e); err != nil {
			return e, err
		}
	}
}

// report calls emit with a Gap, and then with each change, until emit or the connection fails. It returns the error.
func (s *changes) report(emit func(ctxcache.Event) error) error {
	for err := emit(ctxcache.Event{Gap: true}); ; err = s.next(emit) {
		if err != nil {
			return err
		}
	}
}

// next reads the next element, and calls emit with the changes in it. Other pushes, and the replies to PING, have none.
func (s *changes) next(emit func(ctxcache.Event) error) error {
	e, err := s.element()
	if err != nil || e.kind != '>' || e.n != 2 {
		return s.orRest(e, err)
	}
	name, err := s.string()
	if err != nil {
		return err
	}
	keys, err := s.element()
	if err != nil || name != "invalidate" {
		return s.orRest(keys, err)
	}
	switch {
	case keys.kind == '_', keys.n < 0: // null stands for all keys
		return emit(ctxcache.Event{All: true})
	case keys.kind != '*':
		return errProtocol
	}
	for range keys.n {
		key, err := s.string()
		if err != nil {
			return err
		}
		if err := emit(ctxcache.Event{Key: key}); err != nil {
			return err
		}
	}
	return nil
}

// orRest returns err, or reads the rest of e.
func (s *changes) orRest(e element, err error) error {
	if err != nil {
		return err
	}
	return s.rest(e)
}
