package cachetest_test

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// refLease is a lease of a reference, and is also its token.
type refLease struct {
	cache *reference
	key   string
	load  context.Context // the lease is renewed until this context is done
	until time.Time
}

// renew prolongs the lease, if the context of its load is not done but can be.
func (l *refLease) renew() {
	if l.load.Done() != nil && l.load.Err() == nil {
		l.until = time.Now().Add(l.cache.leaseTTL)
	}
}

// stands reports whether the lease has not run out.
func (l *refLease) stands() bool {
	l.renew()
	return time.Now().Before(l.until)
}

func (r *reference) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return entry{}, lease{}, err
	}
	if err := ctxcache.CheckTTL(refreshBelow); err != nil {
		return entry{}, lease{}, ctxcache.Fail("reference", ctxcache.OpGetLease, err)
	}
	return r.grant(ctx, key, refreshBelow)
}

func (r *reference) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]entry, map[string]lease, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return nil, nil, err
	}
	if err := ctxcache.CheckTTL(refreshBelow); err != nil {
		return nil, nil, ctxcache.Fail("reference", ctxcache.OpGetLeases, err)
	}
	found, leases := make(map[string]entry), make(map[string]lease)
	for _, key := range keys {
		if _, again := leases[key]; again {
			continue
		}
		e, l, err := r.grant(ctx, key, refreshBelow)
		if err != ctxcache.ErrMiss {
			found[key] = e
		}
		if l != (lease{}) {
			leases[key] = l
		}
	}
	return found, leases, nil
}

func (r *reference) grant(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, err := r.find(key)
	switch {
	case err != ctxcache.ErrMiss && !ctxcache.Due(e.TTL, refreshBelow):
		return e, lease{}, err
	case r.outstanding(key) != nil:
		return e, ctxcache.NoLease(ctxcache.Loading), err
	}
	l := &refLease{cache: r, key: key, load: ctxcache.LoadContext(ctx), until: time.Now().Add(r.leaseTTL)}
	r.leases[key] = l
	return e, ctxcache.NewLease(l), err
}

// outstanding returns the lease on key that stands now, or nil.
func (r *reference) outstanding(key string) *refLease {
	if l := r.leases[key]; l != nil && l.stands() {
		return l
	}
	return nil
}

// holds reports whether the lease is the one that stands on key.
func (r *reference) holds(key string, l lease) bool {
	token, ok := l.Token().(*refLease)
	return ok && token == r.outstanding(key)
}

func (r *reference) Fill(ctx context.Context, key string, l lease, e entry) error {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return err
	}
	return r.fill(key, l, e)
}

func (r *reference) fill(key string, l lease, e entry) error {
	if err := e.Check(); err != nil {
		return err
	}
	if !r.holds(key, l) {
		return ctxcache.ErrLeaseLost
	}
	r.store(key, e)
	return nil
}

func (r *reference) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return err
	}
	failed := make(map[string]error)
	for key, e := range entries {
		if err := r.fill(key, leases[key], e); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// leave begins an operation that gives a lease up. If it returns false, the operation has to return the error at once.
func (r *reference) leave(ctx context.Context) (bool, error) {
	err := r.enter(ctx)
	if err == ctxcache.ErrClosed {
		return false, nil
	}
	return err == nil, err
}

func (r *reference) Release(ctx context.Context, key string, l lease) error {
	defer r.mu.Unlock()
	if there, err := r.leave(ctx); !there {
		return err
	}
	return r.release(key, l)
}

func (r *reference) release(key string, l lease) error {
	if !r.holds(key, l) {
		return ctxcache.ErrLeaseLost
	}
	delete(r.leases, key)
	return nil
}

func (r *reference) ReleaseMany(ctx context.Context, leases map[string]lease) error {
	defer r.mu.Unlock()
	if there, err := r.leave(ctx); !there {
		return err
	}
	failed := make(map[string]error)
	for key, l := range leases {
		if !l.Granted() {
			continue
		}
		if err := r.release(key, l); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

func (r *reference) Drop(ctx context.Context, key string, l lease) error {
	defer r.mu.Unlock()
	if there, err := r.leave(ctx); !there {
		return err
	}
	if !r.holds(key, l) {
		return ctxcache.ErrLeaseLost
	}
	r.remove(key)
	return nil
}
