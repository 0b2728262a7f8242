package twolevel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// clean deletes key in far if it is listed, so that far can be asked about it. The caller has near's lease, or fills
// nothing: see (3) of missed.go. Believe is false if a value in far may still be an old one: see (6). If far fails, clean
// returns its error, and the outage of writes. Far must not be asked then.
func (c *Cache[K, V]) clean(ctx context.Context, key K) (believe bool, during outage, err error) {
	seen := c.missed.look(key)
	if !seen.listed() {
		return true, outage{}, nil
	}
	if during := c.standing(writes, key); during != (outage{}) {
		c.noteUnwritten(c.far.Partition(key), key)
		return false, during, errWritesFail
	}
	switch err := c.far.Delete(ctx, key); {
	case err == nil:
		c.heard(ctx, writes, key, nil)
	case !refused(err):
		err = uncleaned(err)
		return false, c.heard(ctx, writes, key, err), err
	}
	c.missed.strike(key, seen)
	return seen.settled, outage{}, nil
}

// cleanMany is clean for many keys, in one call of far. It returns the keys that far must not be believed about. Err
// names the keys that far has not deleted.
func (c *Cache[K, V]) cleanMany(ctx context.Context, keys []K) (doubtful map[K]bool, during outages, err error) {
	seen := c.sightings(keys)
	if len(seen) == 0 {
		return nil, nil, nil
	}
	listed := make([]K, 0, len(seen))
	doubtful, failed := make(map[K]bool), make(map[K]error)
	for key := range seen {
		if c.standing(writes, key) != (outage{}) {
			c.noteUnwritten(c.far.Partition(key), key)
			failed[key] = errWritesFail
		} else {
			listed = append(listed, key)
		}
	}
	var deleteErr error
	if len(listed) > 0 {
		deleteErr = c.far.DeleteMany(ctx, listed)
	}
	for _, key := range listed {
		err := ctxcache.KeyError(deleteErr, key)
		if err != nil && !refused(err) {
			failed[key] = uncleaned(err)
			continue
		}
		c.missed.strike(key, seen[key])
		if !seen[key].settled {
			doubtful[key] = true
		}
		if err != nil { // no answer of far
			delete(seen, key)
		}
	}
	err = ctxcache.NewManyError(failed)
	return doubtful, c.heardMany(ctx, writes, slices.Collect(maps.Keys(seen)), err), err
}

// refused reports whether err, of a deletion, says that far cannot have the key. A read of it then gets the same error.
func refused(err error) bool { return errors.Is(err, ctxcache.ErrKey) }

// errWritesFail is the error of a read of a listed key while an outage of writes stands. The read does not try to delete
// the key: a deletion may wait longer than a read. The replay ends the outage.
var errWritesFail error = &ctxcache.Error{
	Layer: kind, Op: ctxcache.OpDelete,
	Err: fmt.Errorf("%w: far has missed a change of the key, and does not take changes now", ctxcache.ErrUnavailable),
}

// unlessUnclean returns the keys that far can be asked about after cleanMany, which returned err.
func unlessUnclean[K comparable](keys []K, err error) []K {
	if err == nil {
		return keys
	}
	return slices.DeleteFunc(slices.Clone(keys), func(key K) bool { return ctxcache.KeyError(err, key) != nil })
}

// uncleaned returns err, the error of a deletion that the caller has not asked for, as an outage. Even a far that refuses
// to delete is no use about this key.
func uncleaned(err error) error {
	if isUnknown(err) { // an outage, or the caller has left
		return err
	}
	return ctxcache.Discreet("two-level: far does not delete a key that it missed a change of: "+ctxcache.DiscreetText(err), nil)
}
