//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// How many keys there are of each kind. Hot keys are in near before a window begins, and nobody changes them. Cold keys
// are new in each window. The others are changed.
const (
	hotKeys     = 500
	coldKeys    = 100
	changedKeys = 200
)

// patience is how long a call of this traffic waits. It is long: a call that fails breaks a law, and how long it takes must
// not depend on how busy the machine is. The window says how long the slowest hit took.
const patience = 30 * time.Second

// window is a time in which callers came at a rate, and what they have seen.
type window struct {
	state string

	mu     sync.Mutex
	hits   []time.Duration // how long the reads of hot keys took
	lags   []time.Duration // how late the generator began the calls
	calls  int
	failed int   // calls that returned an error
	old    int   // reads of a version that this node has overwritten or deleted before
	first  error // the first failure

	loads, early int
}

// traffic sends calls to a node, and a few to another node.
type traffic struct {
	node, other *node
	source      *source
	number      int // of the window
}

// during sends calls until over reports true. It waits for all of them.
func (t *traffic) during(ctx context.Context, state string, over func(passed time.Duration) bool) *window {
	t.number++
	w := &window{state: state}
	loads, early := t.source.counts()
	var callers sync.WaitGroup
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	begun, start := 0, time.Now()
	for now := range ticker.C {
		passed := now.Sub(start)
		if over(passed) {
			break
		}
		for due := int(passed.Seconds() * float64(*rate)); begun < due; begun++ {
			call := begun
			at := start.Add(time.Duration(float64(call) / float64(*rate) * float64(time.Second)))
			callers.Go(func() { t.call(ctx, w, call, at) })
		}
	}
	callers.Wait()
	w.loads, w.early = t.source.counts()
	w.loads -= loads
	w.early -= early
	return w
}

// call makes a call. Of 20 calls, 16 read a hot key, one reads a cold one, and two read a changed one, on both nodes. One is
// a change.
func (t *traffic) call(ctx context.Context, w *window, number int, due time.Time) {
	nth := number / 20
	changing := "changed-" + strconv.Itoa(nth%changedKeys)
	lag := time.Since(due)
	var took time.Duration
	var old bool
	var err error
	switch kind := number % 20; kind {
	case 16:
		old, err = t.read(ctx, t.node, "cold-"+strconv.Itoa(t.number)+"-"+strconv.Itoa(nth%coldKeys))
	case 17:
		old, err = t.read(ctx, t.node, changing)
	case 18:
		_, err = t.read(ctx, t.other, changing) // other nodes may read the old version for a while
	case 19:
		err = t.change(ctx, "changed-"+strconv.Itoa((7*nth)%changedKeys), nth%2 == 0)
	default:
		took, old, err = t.hit(ctx, number)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	w.lags = append(w.lags, lag)
	if took > 0 {
		w.hits = append(w.hits, took)
	}
	if old {
		w.old++
	}
	if err != nil {
		w.failed++
		if w.first == nil {
			w.first = err
		}
	}
}

// hit reads hot keys, and returns how long the last one took. The first ones wake the processor, and bring the code back
// into its caches. Without them, the time of a hit depends on how long the processor slept. It sleeps longest while far is
// down, and nobody answers.
func (t *traffic) hit(ctx context.Context, number int) (took time.Duration, old bool, err error) {
	reads := *hitsPerCall
	for i := range reads {
		began := time.Now()
		was, readErr := t.read(ctx, t.node, "hot-"+strconv.Itoa((reads*number+i)%hotKeys))
		took = time.Since(began)
		old = old || was
		err = errors.Join(err, readErr)
	}
	return took, old, err
}

// read reads a key through the cached function of n. Old reports whether the version was overwritten before.
func (t *traffic) read(ctx context.Context, n *node, key string) (old bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	least := t.source.least(key)
	value, err := n.function.Get(ctx, key)
	if err != nil {
		return false, err
	}
	v, err := version(value)
	return v < least, err
}

// change changes a key at the source, and then sets or deletes it in the cache.
func (t *traffic) change(ctx context.Context, key string, sets bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := t.source.change(key, func(value []byte) error {
		if sets {
			return t.node.function.Set(ctx, key, value)
		}
		_, err := t.node.function.Delete(ctx, key)
		return err
	})
	return err
}

// warm makes near have the hot keys.
func (t *traffic) warm(ctx context.Context) error {
	for i := range hotKeys {
		if _, err := t.node.function.Get(ctx, "hot-"+strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return nil
}

// resurrected returns how many of the changed keys have an overwritten version in a cache. Nobody may change them now.
func (s *source) resurrected(ctx context.Context, c ctxcache.Cache[string, []byte]) (old int, err error) {
	for _, key := range s.changed() {
		value, err := c.Get(ctx, key)
		switch {
		case err == ctxcache.ErrMiss:
			continue
		case err != nil:
			return old, err
		}
		v, err := version(value)
		if err != nil {
			return old, err
		}
		if v < s.least(key) {
			old++
		}
	}
	return old, nil
}

func (w *window) String() string {
	slices.Sort(w.lags)
	return fmt.Sprintf("%-6s%8d%8d%10v%10v%10v%10v%10v%7d%7d%7d%5d", w.state, w.calls, w.failed,
		w.hit(50), w.hit(99), w.hit(100), percentile(w.lags, 99), percentile(w.lags, 100), w.loads, w.early, len(w.hits), w.old)
}

// hit returns a percentile of the times of hits.
func (w *window) hit(percent int) time.Duration {
	slices.Sort(w.hits)
	return percentile(w.hits, percent)
}

// percentile returns a percentile of sorted times.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	d := sorted[(len(sorted)-1)*percent/100]
	if d > time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(10 * time.Nanosecond)
}
