package twolevel

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// The choices of this file. A source of data reports what has changed where values are loaded from. Far has the old value
// then, as near has.
//
//  (1) Far before near. The deletion in far ends the leases of loads, in all processes, so a load that has read the old
//      row stores nothing. The deletion in near comes next. In the other order, a reader in between would copy the old value
//      from far to near, as in (2) of write.go.
//  (2) If far fails, the event waits. The source does not report the change again, and near must not be read before far
//      has confirmed the deletion: it would get the old value from there. So the events behind it wait, too. The source
//      keeps them, or notices that it cannot, which is a Gap.
//  (3) With Resilient, an outage does not make the event wait. The key is listed: see missed.go.
//  (4) A Gap clears near only. Every process begins with a Gap, and would clear what all of them share. Far has the
//      right values if one process has heard of the changes, because each of them deletes the keys in far.

// deleteChanged deletes a key in far whose data has changed. Near comes next.
func (c *Cache[K, V]) deleteChanged(ctx context.Context, key K) error {
	_, err := c.tried(ctx, key, false, func() error { return c.far.Delete(ctx, key) })
	if refused(err) {
		return nil
	}
	return c.farFailed(ctx, err)
}

// clearChanged clears far, because all of the data may have changed. Near comes next.
func (c *Cache[K, V]) clearChanged(ctx context.Context) error {
	if !c.canClear("") {
		return errCannotClear
	}
	_, err := c.clearFar(ctx, ctxcache.Scope[K]{})
	return c.farFailed(ctx, err)
}

var (
	// errNotOurs says that an event is about a key that this cache never has.
	errNotOurs = ctxcache.Discreet("two-level: not a key of this cache", nil)

	// errUnknownKey is what OnWatchError gets if far may keep an old value, because nobody knows which key has changed.
	errUnknownKey = ctxcache.Discreet(
		"two-level: the source reports a key that is not of this cache's type, so far keeps the value of that key", nil)

	errCannotClear = ctxcache.Discreet(
		"two-level: the source reports that all of the data may have changed, and far cannot be cleared", nil)
)

// keyOf returns the key that an event of a source of data is about. Stored is the key in the event.
func (f *follower[K, V]) keyOf(stored any) (key K, err error) {
	key, noted := f.keys.find(stored)
	if noted {
		return key, nil
	}
	key, is := stored.(K)
	if !is {
		return key, errUnknownKey
	}
	switch f.source.StoredKey(key) {
	case stored:
		return key, nil
	case nil:
		return key, errNotOurs
	default:
		return key, errUnknownKey
	}
}

// dropFar deletes in far what e, which is usable, is about. If far fails, it tries again until far confirms it, or ctx is
// done. Waited reports that: near must then be cleared.
func (f *follower[K, V]) dropFar(ctx context.Context, e ctxcache.Event) (waited bool, err error) {
	do := f.data.clearChanged
	switch {
	case e.All:
	case e.Gap: // (4)
		return false, nil
	default:
		switch key, err := f.keyOf(e.Key); err {
		case nil:
			do = func(ctx context.Context) error { return f.data.deleteChanged(ctx, key) }
		case errNotOurs:
			return false, nil
		default:
			f.mention(err)
			return false, nil
		}
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := alone(ctxcache.OpDelete, func() error { return do(ctx) })
		switch {
		case err == nil:
			return waited, nil
		case ctx.Err() != nil:
			return waited, ctx.Err()
		case errors.Is(err, ctxcache.ErrClosed) || err == errCannotClear: // it would fail for ever
			return waited, err
		}
		if !waited {
			waited = true
			f.lose()
			f.view.shut() // (2): not even for MaxStale
			f.report(err)
		}
		select {
		case <-time.After(jittered(pause)):
		case <-ctx.Done():
			return waited, ctx.Err()
		}
	}
}

// mention calls OnWatchError with err, once for each Watch.
func (f *follower[K, V]) mention(err error) {
	if !f.mentioned {
		f.mentioned = true
		f.report(err)
	}
}
