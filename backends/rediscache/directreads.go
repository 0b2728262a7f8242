package rediscache

import (
	"bytes"
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// getDirectly is Get on a line: see directly.
func (c *Cache) getDirectly(ctx context.Context, key string) (value []byte, rest context.Context, done bool, err error) {
	if c.lines == nil || !c.gets.Alone() {
		return nil, ctx, false, nil
	}
	began, took := time.Now(), time.Duration(0)
	defer func() { c.gets.Leave(took) }()
	rest, done, err = c.directly(ctx, ctxcache.OpGet, 0, func(w *wire) {
		c.askKey(w, "get", key)
	}, func(w *wire) (err error) {
		value, err = readValue(w)
		return err
	})
	if done && (err == nil || err == ctxcache.ErrMiss) {
		took = time.Since(began)
	}
	if err != nil {
		value = nil // it may be there in part
	}
	return value, rest, done, err
}

// containsDirectly is Contains on a line.
func (c *Cache) containsDirectly(ctx context.Context, key string) (has bool, rest context.Context, done bool, err error) {
	name := "type"
	if c.options.Plain { // see contains
		name = "get"
	}
	rest, done, err = c.directly(ctx, ctxcache.OpContains, 0, func(w *wire) {
		c.askKey(w, name, key)
	}, func(w *wire) error {
		e, err := w.next()
		switch {
		case err != nil:
			return err
		case e.kind == '$' && c.options.Plain:
			has = e.n >= 0
		case e.kind == '+' && bytes.Equal(e.text, []byte("string")):
			has = true
		case e.kind == '+' && bytes.Equal(e.text, []byte("none")):
		case e.kind == '+' && !c.options.Plain, e.failed(wrongType):
			return errWrongType
		default:
			return e.other()
		}
		return nil
	})
	return has && err == nil, rest, done, err
}

// entryDirectly is GetEntry on a line.
func (c *Cache) entryDirectly(ctx context.Context, key string) (e ctxcache.Entry[[]byte], rest context.Context, done bool, err error) {
	switch {
	case c.options.Plain:
		rest, done, err = c.directly(ctx, ctxcache.OpGetEntry, 0, func(w *wire) {
			c.askKey(w, "pttl", key)
			c.askKey(w, "get", key)
			c.askKey(w, "pttl", key)
		}, func(w *wire) (err error) {
			e, err = readPlainEntry(w)
			return err
		})
	case c.refusesMulti.Load():
		return e, ctx, false, nil
	default:
		rest, done, err = c.directly(ctx, ctxcache.OpGetEntry, 0, func(w *wire) {
			w.command("multi", 1)
			c.askKey(w, "pttl", key)
			c.askKey(w, "mget", key)
			w.command("exec", 1)
		}, func(w *wire) (err error) {
			if e, err = readEntry(w); (read{err: err}).served() {
				c.hasRunMulti()
			}
			return err
		})
	}
	if err != nil {
		e = ctxcache.Entry[[]byte]{} // its value may be there in part
	}
	return e, rest, done, err
}

// askKey writes a command for one key.
func (c *Cache) askKey(w *wire, name, key string) {
	w.commandOfKey(name, c.options.Prefix, key)
}

// readValue reads the reply to a GET.
func readValue(w *wire) ([]byte, error) {
	e, err := w.next()
	switch {
	case err != nil:
		return nil, err
	case e.failed(wrongType):
		return nil, errWrongType
	case e.kind != '$':
		return nil, e.other()
	case e.n < 0:
		return nil, ctxcache.ErrMiss
	}
	value := make([]byte, e.n)
	return value, w.value(value)
}

// readPlainEntry reads the replies to PTTL, GET and PTTL: see readPlain.
func readPlainEntry(w *wire) (e ctxcache.Entry[[]byte], err error) {
	before, err := readInteger(w)
	if err != nil {
		return e, err
	}
	value, err := readValue(w)
	if err != nil {
		return e, err
	}
	after, err := readInteger(w)
	return ctxcache.NewEntry(value, min(remaining(before), remaining(after))), err
}

// readEntry reads the replies to a transaction of PTTL and MGET with one key.
func readEntry(w *wire) (e ctxcache.Entry[[]byte], err error) {
	if err := readQueued(w, 2); err != nil {
		return e, err
	}
	left, err := readInteger(w)
	if err != nil {
		return e, err
	}
	if err := readArray(w, 1); err != nil {
		return e, err
	}
	value, err := readValue(w)
	if err == ctxcache.ErrMiss && left != absentLife {
		err = errWrongType
	}
	return ctxcache.NewEntry(value, remaining(left)), err
}

// readQueued reads the first replies to a transaction: MULTI has one, and each command is queued. Their results follow.
func readQueued(w *wire, commands int) error {
	for range 1 + commands { // MULTI, and the commands
		if w.is("+QUEUED\r\n") {
			continue
		}
		if e, err := w.next(); err != nil {
			return err
		} else if e.kind != '+' {
			return e.other()
		}
	}
	return readArray(w, commands)
}

// readArray reads the beginning of an array with n elements.
func readArray(w *wire, n int) error {
	e, err := w.next()
	if err == nil && (e.kind != '*' || e.n != int64(n)) {
		err = e.other()
	}
	return err
}

// readInteger reads an integer.
func readInteger(w *wire) (int64, error) {
	e, err := w.next()
	if err == nil && e.kind != ':' {
		err = e.other()
	}
	return e.n, err
}
