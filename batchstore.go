package cached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// fill fills the key with the entry in l.shared, together with the other loads of the batch.
func (l *loading[K, V]) fill(ctx context.Context) error {
	if !l.shares(stepStore) {
		return l.f.cache.Fill(ctx, l.key, l.lease, l.shared.entry)
	}
	return l.fillTogether(ctx)
}

func (l *loading[K, V]) fillTogether(ctx context.Context) error {
	l.shared.lease, l.shared.fills = l.lease, true
	l.together(stepStore, func(all []*loading[K, V]) { l.f.storeAll(ctx, all) })
	return l.shared.err
}

// releaseLease releases lease, together with the other loads of the batch.
func (l *loading[K, V]) releaseLease(ctx context.Context, lease ctxcache.Lease) error {
	if !l.shares(stepStore) {
		return l.f.cache.Release(ctx, l.key, lease)
	}
	l.shared.lease, l.shared.fills = lease, false
	l.together(stepStore, func(all []*loading[K, V]) { l.f.storeAll(ctx, all) })
	return l.shared.err
}

// storeAll ends the leases of all loads: one call fills, and another one releases those that have nothing to store. Ctx may
// have ended.
func (f *Function[K, V]) storeAll(ctx context.Context, all []*loading[K, V]) {
	entries, fills := make(map[K]ctxcache.Entry[V], len(all)), make(map[K]ctxcache.Lease, len(all))
	releases := make(map[K]ctxcache.Lease)
	for _, l := range all {
		if l.shared.fills {
			entries[l.key], fills[l.key] = l.shared.entry, l.shared.lease
		} else {
			releases[l.key] = l.shared.lease
		}
	}
	// The first load may have waited for the others for longer than its own time.
	limited := withTimeout(context.WithoutCancel(ctx), f.limits.settle)
	defer limited.end()
	var filled, released manyErrors[K]
	if len(fills) > 0 {
		filled = errorsOf[K](f.cache.FillMany(limited, entries, fills)).together()
	}
	if len(releases) > 0 {
		released = errorsOf[K](f.cache.ReleaseMany(limited, releases)).together()
	}
	for _, l := range all {
		if l.shared.fills {
			l.shared.err = filled.of(l.key)
		} else {
			l.shared.err = released.of(l.key)
		}
	}
}
