package rediscache

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// changes is the connection of one Watch, on which the server reports changes. It speaks RESP3: a reply may have pushes
// before it, and between them. Only one goroutine may use it at a time, but any may call interrupt.
type changes struct {
	wire
	*link
	alive   *alive
	options *redis.Options // of the client whose server this is
	limited bool           // whether the server limits what waits to be sent
	text    []byte         // the last string

	nodes   nodes           // what the server of a cluster has answered last
	watched map[string]bool // the IDs of all masters that the Watch hears; nil while it connects
}

// openChanges connects as a client with these options does, and asks the server to report the changes of the cache's
// keys. If the answer to question matters, it waits for the first one. It ends with ctx.
func (c *Cache) openChanges(ctx context.Context, options *redis.Options, question question) (*changes, error) {
	l := newLink(ctx, options)
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
	alive := newAlive(conn, c.options.WatchTimeout, question)
	s := &changes{wire: wire{conn: alive, in: make([]byte, wireBuffer)}, link: l, alive: alive, options: options}
	s.limited, err = s.track(c.options.Prefix)
	for err == nil && question.matters && alive.waiting {
		err = s.next(func(ctxcache.Event) error { return nil }) // the Gap is still to come
	}
	switch {
	case err != nil:
		return nil, err
	case !stop():
		return nil, ctx.Err()
	}
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

// follow calls emit with each change, until emit or the connection fails. It returns the error.
func (s *changes) follow(emit func(ctxcache.Event) error) error {
	for {
		if err := s.next(emit); err != nil {
			return err
		}
	}
}

// next reads the next element, and calls emit with the changes in it. Other pushes have none, and neither has the
// answer to a question.
func (s *changes) next(emit func(ctxcache.Event) error) error {
	e, err := s.element()
	switch {
	case err != nil:
		return err
	case e.kind != '>' && e.kind != '|': // an attribute, which comes before an answer, is not one
		return s.answered(e)
	case e.kind != '>' || e.n != 2:
		return s.rest(e)
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

// answered reads the answer to a question.
func (s *changes) answered(e element) error {
	s.alive.answered()
	if read := s.alive.question.answer; read != nil {
		return read(s, e)
	}
	return s.rest(e)
}

// orRest returns err, or reads the rest of e.
func (s *changes) orRest(e element, err error) error {
	if err != nil {
		return err
	}
	return s.rest(e)
}
