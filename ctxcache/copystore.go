package ctxcache

import (
	"context"
	"errors"
	"time"
)

// read reads the entries of keys that are to be stored in dst.
func (c *copying[K, V]) read(ctx context.Context, keys []K) (map[K]Entry[V], error) {
	if len(keys) == 0 {
		return nil, nil
	}
	began := time.Now()
	found, err := GetEntries(ctx, c.src, keys)
	passed := time.Since(began) // the lives that src has reported are at most so old
	if aboutCall[K](err) {
		return nil, err
	}
	entries := make(map[K]Entry[V], len(found))
	for _, key := range keys {
		if failure := KeyError(err, key); failure != nil {
			c.fail(&c.ofSrc, key, failure)
			continue
		}
		c.ofSrc = 0
		e, has := found[key]
		switch {
		case !has, e.Absent && !c.caps.Has(CapNegative):
			c.counts.Skipped++
		case e.TTL == Unknown && c.options.UnknownTTL == 0:
			c.fail(&c.ofSrc, key, ErrTTL)
		case !c.lives(&e.Meta, passed):
			c.counts.Skipped++
		default:
			entries[key] = e
		}
	}
	return entries, nil
}

// lives sets the lives of a copy of an entry with the lives m, as they were when so much time had not passed yet. It
// returns false if the entry has expired.
func (c *copying[K, V]) lives(m *Meta, passed time.Duration) bool {
	window := m.StaleWindow()
	switch m.TTL {
	case NoExpiry:
	case Unknown:
		m.TTL, window = c.options.UnknownTTL, 0
	default:
		if m.TTL -= passed; m.TTL <= 0 {
			return false
		}
	}
	m.SetStaleWindow(window)
	if m.CopyTTL > 0 && m.CopyTTL != NoExpiry {
		if m.CopyTTL -= passed; m.CopyTTL <= 0 {
			return false
		}
	}
	if limit := c.options.CopyTTL; limit > 0 && (m.CopyTTL == 0 || limit < m.CopyTTL) {
		m.CopyTTL = limit
	}
	return true
}

// store stores entries in dst by write. Ended is called for each key that is written, or that somebody else has written.
// An entry with two lives is written again with one, if dst has no place for both.
func (c *copying[K, V]) store(entries map[K]Entry[V], write func(map[K]Entry[V]) error, ended func(K)) error {
	for len(entries) > 0 {
		err := write(entries)
		if aboutCall[K](err) {
			if !errors.Is(err, errors.ErrUnsupported) || !shortenAll(entries) {
				return err
			}
			continue // it came before any effect
		}
		for key, e := range entries {
			failure := KeyError(err, key)
			if failure != nil && errors.Is(failure, errors.ErrUnsupported) && shorten(&e.Meta) {
				entries[key] = e
				continue
			}
			delete(entries, key)
			switch failure {
			case nil:
				c.counts.Copied++
			case ErrLeaseLost:
				c.counts.Skipped++
			default:
				c.fail(&c.ofDst, key, failure)
				continue
			}
			c.ofDst = 0
			ended(key)
		}
	}
	return nil
}

// shortenAll is shorten for all entries. It returns false if none has two lives.
func shortenAll[K comparable, V any](entries map[K]Entry[V]) (some bool) {
	for key, e := range entries {
		if shorten(&e.Meta) {
			entries[key] = e
			some = true
		}
	}
	return some
}

// shorten replaces two lives by the shorter one. It returns false if there is only one. A value becomes stale when it
// would have become stale with both.
func shorten(m *Meta) bool {
	if m.CopyTTL == 0 {
		return false
	}
	if fresh := m.TTL - m.StaleFor; m.CopyTTL < m.TTL {
		m.TTL = m.CopyTTL
		m.StaleFor = max(0, m.TTL-fresh)
	}
	m.CopyTTL = 0
	return true
}
