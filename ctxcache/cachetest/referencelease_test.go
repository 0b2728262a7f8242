package cachetest_test

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

func (r *reference) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return entry{}, nil, err
	}
	return r.grant(key, refreshBelow)
}

func (r *reference) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]entry, map[string]lease, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return nil, nil, err
	}
	found, leases := make(map[string]entry), make(map[string]lease)
	for _, key := range keys {
		e, l, err := r.grant(key, refreshBelow)
		if err != ctxcache.ErrMiss {
			found[key] = e
		}
		if l != nil {
			leases[key] = l
		}
	}
	return found, leases, nil
}

func (r *reference) grant(key string, refreshBelow time.Duration) (entry, lease, error) {
	e, err := r.find(key)
	due := err == ctxcache.ErrMiss || ctxcache.Due(e.TTL, refreshBelow)
	if !due || r.leases[key] != nil {
		return e, nil, err
	}
	l := &refLease{cache: r, key: key}
	r.leases[key] = l
	return e, l, err
}

// outstanding returns the lease on key, if there is one now.
func (r *reference) outstanding(key string) lease {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.leases[key]; l != nil {
		return l
	}
	return nil // not the nil *refLease: that is a lease that is not nil
}

type refLease struct {
	cache *reference
	key   string
}

func (l *refLease) Fill(ctx context.Context, e entry) error {
	defer l.cache.mu.Unlock()
	if err := l.cache.enter(ctx); err != nil {
		return err
	}
	if err := e.Check(); err != nil {
		return err
	}
	if l.cache.leases[l.key] != l {
		return ctxcache.ErrLeaseLost
	}
	l.cache.store(l.key, e)
	return nil
}

func (l *refLease) Release(ctx context.Context) error {
	defer l.cache.mu.Unlock()
	if err := l.cache.enter(ctx); err != nil {
		return err
	}
	if l.cache.leases[l.key] == l {
		delete(l.cache.leases, l.key)
	}
	return nil
}
