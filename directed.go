package cached

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// getDirected is get for a call whose context has directives. Seen is as in getAged.
func (f *Function[K, V]) getDirected(
	ctx context.Context, key K, source source[K, V], d *ctxcache.Directives, seen *Result[V],
) (answer[V], error) {
	r := request[K, V]{source: source}
	r.heed(d)
	switch {
	case r.bypass:
		if err := f.refused(ctxcache.OpGet); err != nil {
			return answer[V]{}, err
		}
		return f.getMissed(ctx, key, r, seen)
	case r.refresh:
		return f.refresh(ctx, key, source, seen)
	}
	if err := f.refused(ctxcache.OpGet); err != nil {
		return answer[V]{}, err
	}
	r.since = f.since(key)
	e, level, err := f.firstEntry(ctx, key)
	if r.onlyCached && level == LevelNear && err == ctxcache.ErrMiss { // no load asks the far level next
		level = f.levelBelow()
		e, err = f.readEntry(ctx, key)
	}
	return f.goOnAged(ctx, key, r, &e, f.ageOf(&e.Meta, err), level, err, seen)
}

// requestScoped is a cache that remembers what a request has read, such as layers.RequestScoped.
type requestScoped[K comparable] interface {
	// ForgetInRequest makes the request of ctx forget key.
	ForgetInRequest(ctx context.Context, key K)
}

// forgetInRequest makes the request of a call forget the old value, if the call has got a newer one from the load of
// another request. The load has stored that in the scope of the other request.
func (v *visit[K, V]) forgetInRequest(ctx context.Context) {
	if v.f.scoped != nil && (v.refresh || !v.notBefore.IsZero()) {
		v.f.scoped.ForgetInRequest(ctx, v.key)
	}
}

// heed makes r what the directives of a call ask for. D may be nil.
func (r *request[K, V]) heed(d *ctxcache.Directives) {
	switch {
	case d == nil:
		return
	case d.Bypass:
		r.bypass = true
	case d.Refresh:
		r.refresh = true
	default:
		r.onlyCached = d.OnlyCached
		if d.MaxAge < ctxcache.NoExpiry {
			r.notBefore = time.Now().Add(-d.MaxAge)
		}
	}
}

// isRecent reports whether a value is young enough for the call. A value of unknown age is not, unless any age will do.
func (r *request[K, V]) isRecent(m *ctxcache.Meta) bool {
	return r.notBefore.IsZero() || !m.Written.IsZero() && !m.Written.Before(r.notBefore)
}
