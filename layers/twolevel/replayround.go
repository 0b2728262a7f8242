package twolevel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// ErrMissed is what OnFarError gets from Close if far has missed changes and has not got them since. Far may keep the old
// values until they expire.
var ErrMissed = errors.New("far has missed changes")

// replay makes a round of the replayer. It returns when the next round is due, or 0 if nothing is left that can be done.
func (c *Cache[K, V]) replay(ctx context.Context) (next time.Duration) {
	confirmed := 0
	err := c.round(ctx, ctxcache.OpDeleteMany, func() (err error) {
		confirmed, err = c.replayOnce(ctx)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return 0
	case err == nil:
		c.replayer.pause = 0
		if c.unwritten.some() {
			return jittered(roundPause)
		}
		return c.missed.due(c.canClear, c.clears.at())
	case confirmed > 0: // some of far's servers work
		return jittered(roundPause)
	}
	return c.replayer.later()
}

// round calls do, which asks far by op in a round of a repeater, and returns its error.
//
// OnFarError does not hear of a round that far fails: it has heard of the calls before. It hears of a panic, which nobody
// else would get.
func (c *Cache[K, V]) round(ctx context.Context, op ctxcache.Operation, do func() error) error {
	err := alone(op, do)
	if _, panicked := errors.AsType[*cached.PanicError](err); panicked || errors.Is(err, cached.ErrGoexit) {
		// If OnFarError panics, too, nobody is left who could hear of it. The rounds go on.
		_ = alone(op, func() error { return c.farFailed(ctx, err) })
	}
	return err
}

// replayOnce clears the listed prefixes in far, and deletes some of the listed keys, and of those in unwritten. It strikes
// off what far has confirmed, and returns how many keys that is. It returns far's error about keys. It goes on after a
// Clear that fails: far may delete keys all the same.
func (c *Cache[K, V]) replayOnce(ctx context.Context) (confirmed int, err error) {
	most := roundMost
	if c.replayer.pause > 0 { // far has failed the last round
		most = roundChoice
	}
	prefixes, listed := c.missed.round(most)
	c.clearAgain(ctx, prefixes)
	c.addUnwritten(listed)
	if len(listed) == 0 {
		return 0, nil
	}
	keys := c.spread(listed)
	err = c.far.DeleteMany(ctx, keys)
	c.heardMany(ctx, writes, keys, err)
	for _, key := range keys {
		switch err := ctxcache.KeyError(err, key); {
		case err == nil:
			confirmed++
		case refused(err):
			c.unwritten.forget(c.far.Partition(key), key)
		default:
			continue
		}
		c.missed.strike(key, listed[key])
	}
	return confirmed, err
}

// spread returns at most roundMost of the listed keys, an equal number of each partition of far if there are enough. So a
// server that is down does not hold up the others, however many changes it has missed.
func (c *Cache[K, V]) spread(listed map[K]sighting) []K {
	partitions := make(map[int][]K)
	for key := range listed {
		number := c.far.Partition(key)
		partitions[number] = append(partitions[number], key)
	}
	most := min(len(listed), roundMost)
	keys := make([]K, 0, most)
	for turn := 0; len(keys) < most; turn++ {
		for _, of := range partitions {
			if turn < len(of) && len(keys) < most {
				keys = append(keys, of[turn])
			}
		}
	}
	return keys
}

// round returns the listed prefixes with their generations, and at most so many listed keys. It leaves out what a write
// may still change later.
func (m *missed[K]) round(most int) (prefixes map[string]uint64, keys map[K]sighting) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	prefixes, keys = make(map[string]uint64), make(map[K]sighting)
	for prefix, e := range m.prefixes {
		if !now.Before(e.until) {
			prefixes[prefix] = e.gen
		}
	}
	for key, e := range m.keys {
		if len(keys) == most {
			break
		}
		if !now.Before(e.until) {
			keys[key] = sighting{gen: e.gen, settled: true}
		}
	}
	return prefixes, keys
}

// due returns when the next round is due after one that far has answered, or 0 if there is nothing to do. No Clear may
// begin before clears.
func (m *missed[K]) due(canClear func(prefix string) bool, clears time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, next := time.Now(), time.Duration(0)
	wait := func(until time.Time) {
		pause := min(max(until.Sub(now), roundPause), unsettledPause)
		if next == 0 || pause < next {
			next = pause
		}
	}
	for prefix, e := range m.prefixes {
		if canClear(prefix) {
			wait(later(e.until, clears))
		}
	}
	for _, e := range m.keys {
		if wait(e.until); next <= roundPause {
			break
		}
	}
	return next
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// unsettledPause is the longest pause while all that is listed must wait. Other keys may be listed meanwhile.
const unsettledPause = time.Second

// closeMissed ends the replay, and reports the changes that far has missed.
func (c *Cache[K, V]) closeMissed() {
	if c.missed == nil {
		return
	}
	c.replayer.stop()
	var err error
	switch n := c.missed.depth(); {
	case n > 0:
		err = ctxcache.Fail(kind, ctxcache.OpDeleteMany, fmt.Errorf("%w: %d keys", ErrMissed, n))
	case n < 0:
		err = ctxcache.Fail(kind, ctxcache.OpClear, fmt.Errorf("%w of any number of keys", ErrMissed))
	default:
		return
	}
	if c.opts.OnFarError != nil {
		c.opts.OnFarError(context.Background(), err) // Close has no context
	}
}
