package faults_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// The doubles of this file have the faults that the rows must find.

// deaf is a far whose stream loses 85 % of the changes.
type deaf struct {
	ctxcache.Forward[string, item]
}

func newDeaf(inner itemCache) itemCache {
	return &deaf{ctxcache.NewForward(inner, ctxcache.Description{Kind: "deaf"})}
}

func (d *deaf) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return d.Forward.Watch(ctx, func(e ctxcache.Event) {
		if e.Gap || e.All || rand.IntN(100) < 15 {
			fn(e)
		}
	})
}

// proud is a far that connects again by itself, and does not say that it has missed changes meanwhile: near is not
// flushed.
type proud struct {
	ctxcache.Forward[string, item]
}

func newProud(inner itemCache) itemCache {
	return &proud{ctxcache.NewForward(inner, ctxcache.Description{Kind: "proud"})}
}

func (p *proud) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	begun := false
	for {
		err := p.Forward.Watch(ctx, func(e ctxcache.Event) {
			if !e.Gap || !begun {
				fn(e)
			}
			begun = true
		})
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond): // there are changes meanwhile
		}
	}
}

// untracked is a far that forgets to ask the server for changes when it connects again.
type untracked struct {
	ctxcache.Forward[string, item]
	watched atomic.Bool
}

func newUntracked(inner itemCache) itemCache {
	return &untracked{Forward: ctxcache.NewForward(inner, ctxcache.Description{Kind: "untracked"})}
}

func (u *untracked) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if !u.watched.Swap(true) {
		return u.Forward.Watch(ctx, fn)
	}
	fn(ctxcache.Event{Gap: true})
	<-ctx.Done()
	return ctx.Err()
}

// lasting is a near whose copies live as long as far's values, whatever NearTTL is.
type lasting struct {
	ctxcache.Forward[string, item]
}

func newLasting(inner itemCache) itemCache {
	return &lasting{ctxcache.NewForward(inner, ctxcache.Description{Kind: "lasting"})}
}

type itemEntry = ctxcache.Entry[item]

// longer returns entries without the lives of copies.
func longer(entries map[string]itemEntry) map[string]itemEntry {
	all := make(map[string]itemEntry, len(entries))
	for key, e := range entries {
		e.CopyTTL = 0
		all[key] = e
	}
	return all
}

func (l *lasting) SetEntry(ctx context.Context, key string, e itemEntry) error {
	e.CopyTTL = 0
	return l.Forward.SetEntry(ctx, key, e)
}

func (l *lasting) SetEntries(ctx context.Context, entries map[string]itemEntry) error {
	return l.Forward.SetEntries(ctx, longer(entries))
}

func (l *lasting) Fill(ctx context.Context, key string, lease ctxcache.Lease, e itemEntry) error {
	e.CopyTTL = 0
	return l.Forward.Fill(ctx, key, lease, e)
}

func (l *lasting) FillMany(ctx context.Context, entries map[string]itemEntry, leases map[string]ctxcache.Lease) error {
	return l.Forward.FillMany(ctx, longer(entries), leases)
}
