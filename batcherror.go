package cached

import "github.com/ctxcache/cached/ctxcache"

// togetherError is a failure of the cache that several loads of a batch get, because they made one call. It counts once,
// and OnCacheError hears of it once: from the first load that reports it.
type togetherError struct {
	error
	reported *once
}

func (e togetherError) Unwrap() error { return e.error }

// together marks the error of a call that several loads have made together, so that it is reported once. Errors of single
// keys stay as they are.
func (m manyErrors[K]) together() manyErrors[K] {
	if m.rest != nil && m.rest != ctxcache.ErrLeaseLost {
		m.rest = togetherError{m.rest, new(once)}
	}
	return m
}

// apart returns err as a caller gets it.
func apart(err error) error {
	if e, together := err.(togetherError); together {
		return e.error
	}
	return err
}

// isNews reports whether no other load has reported err before.
func isNews(err error) bool {
	e, together := err.(togetherError)
	return !together || e.reported.first()
}
