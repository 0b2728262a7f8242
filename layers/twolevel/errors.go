package twolevel

import (
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// joined returns err joined with also. If one of them is nil, it returns the other one, bare. If err is ErrMiss or
// ErrNotFound, it returns also alone.
func joined(err, also error) error {
	switch {
	case also == nil:
		return err
	case err == nil || err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound:
		return also
	default:
		return errors.Join(err, also)
	}
}

// addFailed adds the errors of keys in err, the error of a call for many keys, to failed.
func addFailed[K comparable](failed map[K]error, keys []K, err error) {
	if err == nil {
		return
	}
	for _, key := range keys {
		if err := ctxcache.KeyError(err, key); err != nil {
			failed[key] = joined(failed[key], err)
		}
	}
}

// failedWhole reports whether err, of a call for many keys, is about the whole call, and not about some of its keys.
func failedWhole[K comparable](err error) bool { return err != nil && !failedSome[K](err) }

// failedSome reports whether err, of a call for many keys, names keys. It may be joined with an error about the others.
func failedSome[K comparable](err error) bool {
	_, many := errors.AsType[*ctxcache.ManyError[K]](err)
	return many
}

// names reports whether err, of a call for many keys, names key. An error about the whole call names no key.
func names[K comparable](err error, key K) bool {
	many, some := errors.AsType[*ctxcache.ManyError[K]](err)
	return some && many.Failed[key] != nil
}

// bothFailed returns the errors of far and near for keys as one error.
func bothFailed[K comparable](keys []K, farErr, nearErr error) error {
	if farErr == nil || nearErr == nil {
		return joined(farErr, nearErr)
	}
	failed := make(map[K]error)
	addFailed(failed, keys, farErr)
	addFailed(failed, keys, nearErr)
	return ctxcache.NewManyError(failed)
}
