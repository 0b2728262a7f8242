package twolevel

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// canFollow returns nil, or an ErrOptions that says why a near with these capabilities cannot follow a far with those, if
// it is coherent, or a source.
func canFollow(near, far ctxcache.Cap, coherent bool) error {
	// A lease stops a copy that is about to enter near, a Gap clears near, and Keys lists which of the noted keys near
	// has.
	const needed = ctxcache.CapLease | ctxcache.CapClear | ctxcache.CapKeys
	whole := near.Scopes() == ctxcache.ScopesAny || near.Scopes() == ctxcache.ScopesWhole
	can := near.Has(needed) && whole
	if !coherent {
		if can {
			return nil
		}
		return fmt.Errorf("%w: Follow needs a near that supports %v for all keys (it supports %v)", ctxcache.ErrOptions, needed, near)
	}
	if can && far.Has(ctxcache.CapWatch) {
		return nil
	}
	return fmt.Errorf(
		"%w: Coherent needs a far that supports watch (it supports %v), and a near that supports %v for all keys (it supports %v)",
		ctxcache.ErrOptions, far, needed, near)
}

// Watch calls fn for each change that far, or the source that near follows, reports, after near has followed it: a read
// after the event sees the new value. Watch drops the near copy itself, because the follower may be behind. It returns
// when ctx is done, or when the Watch of far or the source fails, or near. An event whose key cannot be looked up becomes
// a Gap. Without Coherent it returns errors.ErrUnsupported, unless near follows a source of a cache. A source of data does
// not report what others write to far.
func (c *Cache[K, V]) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if !c.caps.Has(ctxcache.CapWatch) {
		return errors.ErrUnsupported
	}
	if err := c.begin(ctx, ctxcache.OpWatch); err != nil {
		return err
	}
	ctx, fail := context.WithCancel(ctx)
	defer fail()
	var nearErr error
	err := c.follower.source.Watch(ctx, func(e ctxcache.Event) {
		if nearErr != nil {
			return
		}
		e = usable(e)
		if nearErr = c.follower.drop(ctx, e); nearErr != nil {
			fail()
			return
		}
		fn(e)
	})
	if nearErr != nil {
		return nearErr
	}
	return err
}

// StoredKey returns key as it stands in the events of Watch. See [ctxcache.StoredKey].
func (c *Cache[K, V]) StoredKey(key K) any {
	if c.follower != nil && c.caps.Has(ctxcache.CapWatch) {
		return c.follower.source.StoredKey(key)
	}
	return c.far.StoredKey(key)
}
