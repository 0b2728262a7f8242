package rediscache

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// reader reads stored keys on a goroutine that the caller does not wait for: see callMany.
type reader func(ctx context.Context, stored []string) []read

// manyDirectly reads keys on a line, with their lives or without, and gives those that have values to add. The others must
// be read by the reader that it returns, with the context that it returns. An error is about the whole call.
func (c *Cache) manyDirectly(
	ctx context.Context, keys []string, lives bool, add func(key string, r *read),
) (rest context.Context, others []string, by reader, err error) {
	by = c.values
	if lives {
		by = c.entries
	}
	if c.lines == nil || c.options.Plain || len(keys) == 0 || len(keys) > maxTogether {
		return ctx, keys, by, nil
	}
	began := time.Now()
	if !lives {
		values, _, rest, done, err := c.askMany(ctx, keys, false)
		if !done {
			return rest, keys, by, nil
		}
		if err != nil {
			return rest, nil, nil, err
		}
		var r read
		for i, value := range values {
			if value == nil {
				others = append(others, keys[i])
				continue
			}
			r.entry.Value = value
			add(keys[i], &r)
		}
		if len(others) == 0 {
			return ctx, nil, nil, nil
		}
		// Null is a key that is absent or not a string, and a life shows which.
		ctx, keys, others, by = calls.WaitSince(ctx, began), others, nil, c.entries
	}
	if c.refusesMulti.Load() {
		return ctx, keys, by, nil
	}
	values, left, rest, done, err := c.askMany(ctx, keys, true)
	if !done {
		return rest, keys, by, nil
	}
	if err != nil {
		return rest, nil, nil, err
	}
	var r read
	for i, value := range values {
		switch {
		case value != nil:
			r.entry.Value, r.entry.TTL = value, remaining(left[i])
			add(keys[i], &r)
		case left[i] != absentLife:
			others = append(others, keys[i])
		}
	}
	return calls.WaitSince(ctx, began), others, c.entriesByScript, nil
}

// askMany reads the values of keys on a line. The value of a key that is absent or not a string is nil. It also reads the
// lives if it is asked for them: by a PTTL for each key, which costs the server less than a script for all of them. (For
// go-redis the script is faster: see transaction.go.)
func (c *Cache) askMany(ctx context.Context, keys []string, lives bool) (
	values [][]byte, left []int64, rest context.Context, done bool, err error,
) {
	values = make([][]byte, len(keys))
	if lives {
		left = make([]int64, len(keys))
	}
	rest, done, err = c.directly(ctx, ctxcache.OpGetEntries, len(keys), func(w *wire) {
		if lives {
			w.command("multi", 1)
			for _, key := range keys {
				c.askKey(w, "pttl", key)
			}
		}
		w.command("mget", 1+len(keys))
		for _, key := range keys {
			w.key(c.options.Prefix, key)
		}
		if lives {
			w.command("exec", 1)
		}
	}, func(w *wire) error {
		if lives {
			if err := readLives(w, left); err != nil {
				return err
			}
		}
		err := readValues(w, values)
		if lives && err == nil {
			c.hasRunMulti()
		}
		return err
	})
	return values, left, rest, done, err
}

// readLives reads the replies to a transaction with PTTLs and MGET, up to the values.
func readLives(w *wire, left []int64) error {
	if err := readQueued(w, len(left)+1); err != nil {
		return err
	}
	for i := range left {
		var err error
		if left[i], err = readInteger(w); err != nil {
			return err
		}
	}
	return nil
}

// readValues reads the reply to an MGET.
func readValues(w *wire, values [][]byte) error {
	if err := readArray(w, len(values)); err != nil {
		return err
	}
	var room blocks
	for i := range values {
		e, err := w.next()
		switch {
		case err != nil:
			return err
		case e.kind != '$':
			return e.other()
		case e.n < 0:
			continue
		}
		values[i] = room.take(int(e.n), len(values)-i)
		if err := w.value(values[i]); err != nil {
			return err
		}
	}
	return nil
}
