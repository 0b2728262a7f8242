package races_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/latecopies"
)

// TestRace31_LateGrant: the client asks for a lease, gets no answer, and asks again. The second copy is granted, and the
// load begins. The key is deleted or written. Then the first copy arrives and makes the marker again. The value of the
// load, which is old, must not be stored.
func TestRace31_LateGrant(t *testing.T) {
	lateCopy{
		keys:   oneKey,
		act:    func(ctx context.Context, s *scene) error { return s.takeOne(ctx, 0) },
		needed: true,
		late:   (*scene).fillOld,
		laters: []string{thenDelete, thenSet, thenLoaded, thenLoading},
	}.run(t)
}

// TestRace31_LateGrants is the same race, for the grants of many keys.
func TestRace31_LateGrants(t *testing.T) {
	lateCopy{
		keys:   twoKeys,
		act:    func(ctx context.Context, s *scene) error { return s.take(ctx, 0) },
		needed: true,
		late:   (*scene).fillOld,
		laters: []string{thenDelete, thenSet, thenLoaded, thenLoading},
	}.run(t)
}

// TestRace31_LateRenewal: the renewal of a lease arrives after the lease has ended.
func TestRace31_LateRenewal(t *testing.T) {
	lateCopy{
		keys:   oneKey,
		renews: true,
		before: func(s *scene) error { return s.takeOne(s.ctx, 0) },
		hold: func(s *scene) *latecopies.Held {
			n := 0 // only the connections of renewals get here, and there is one renewal at a time
			return s.proxy.Hold(func(c latecopies.Command) bool {
				if s.changes(key)(c) {
					n++
				}
				return n > 1 // the server learns the script by the first renewal, or gets the whole script now
			})
		},
		act:    func(context.Context, *scene) error { return nil },
		late:   (*scene).fillOld,
		laters: []string{thenDelete, thenSet, thenLoaded, thenLoading},
		ways:   []giveUp{repeats, givesUp},
	}.run(t)
}

// TestRace31_LateRelease: the first copy of a Release arrives when another holder has the lease, or has stored a value.
func TestRace31_LateRelease(t *testing.T) {
	lateCopy{
		keys:   oneKey,
		before: func(s *scene) error { return s.takeOne(s.ctx, 0) },
		act: func(ctx context.Context, s *scene) error {
			return ctxcache.UnlessLost[string](ctxcache.Release(ctx, s.n, key, s.leases[key]))
		},
		laters: []string{thenLoading, thenLoaded, thenSet},
	}.run(t)
}

// TestRace31_LateReleases is the same race, for the leases on many keys.
func TestRace31_LateReleases(t *testing.T) {
	lateCopy{
		keys:   twoKeys,
		before: func(s *scene) error { return s.take(s.ctx, 0) },
		act: func(ctx context.Context, s *scene) error {
			return ctxcache.UnlessLost[string](ctxcache.ReleaseMany(ctx, s.n, s.leases))
		},
		laters: []string{thenLoading, thenLoaded, thenSet},
	}.run(t)
}

// TestRace31_LateDrop is the same race, for Drop of a lease on an absent key.
func TestRace31_LateDrop(t *testing.T) {
	lateCopy{
		keys:   oneKey,
		before: func(s *scene) error { return s.takeOne(s.ctx, 0) },
		act:    drop,
		laters: []string{thenLoading, thenLoaded, thenSet},
	}.run(t)
}

// TestRace31_LateDropOfValue is the same race, for Drop of a lease on a present key. It removes a value.
func TestRace31_LateDropOfValue(t *testing.T) {
	lateCopy{
		keys: oneKey,
		before: func(s *scene) error {
			return errors.Join(s.store("before"), s.takeOne(s.ctx, ctxcache.NoExpiry))
		},
		act:    drop,
		laters: []string{thenLoaded, thenSet},
	}.run(t)
}

func drop(ctx context.Context, s *scene) error {
	return ctxcache.UnlessLost[string](ctxcache.Drop(ctx, s.n, key, s.leases[key]))
}

// TestRace31_LateTakeBack: the reply to a grant is lost, so the grant is taken back. That arrives when another holder has
// the lease, or has stored a value.
func TestRace31_LateTakeBack(t *testing.T) {
	lateCopy{
		keys: oneKey,
		hold: func(s *scene) *latecopies.Held {
			var grant string // what the command that grants has before the key
			s.proxy.LoseReply(func(c latecopies.Command) bool {
				if !s.changes(key)(c) {
					return false
				}
				grant = c.Name + c.Args[0]
				return true
			})
			return s.proxy.Hold(func(c latecopies.Command) bool {
				return s.changes(key)(c) && c.Name+c.Args[0] != grant
			})
		},
		act: func(ctx context.Context, s *scene) error {
			if err := s.takeOne(ctx, 0); err == nil {
				return errors.New("a grant without a reply succeeds")
			}
			return nil
		},
		laters: []string{thenLoading, thenLoaded, thenSet},
		ways:   []giveUp{givesUp},
	}.run(t)
}

// TestRace32_LateSet: a Set gets no answer. The key is deleted or written. Then the first copy of the Set arrives. If the
// Set has failed, the key is deleted once more.
func TestRace32_LateSet(t *testing.T) {
	lateCopy{
		keys:     oneKey,
		timeout:  clientTimeout,
		act:      func(ctx context.Context, s *scene) error { return s.n.Set(ctx, key, "old", time.Hour) },
		laters:   []string{thenDelete, thenSet, thenLoaded, thenLoading},
		unfenced: true,
		stores:   true,
		ways:     []giveUp{givesUp, repeats, leaves},
	}.run(t)
}

// clientTimeout is how long the clients of writes wait: the deletion that comes after the client's timeouts must not take
// a minute.
const clientTimeout = 3 * time.Second

// TestRace32_LateSets is the same race, for a Set of many keys.
func TestRace32_LateSets(t *testing.T) {
	lateCopy{
		keys:    twoKeys,
		timeout: clientTimeout,
		act: func(ctx context.Context, s *scene) error {
			return ctxcache.SetEntries(ctx, s.n, s.entries())
		},
		laters:   []string{thenDelete, thenSet, thenLoaded, thenLoading},
		unfenced: true,
		stores:   true,
		ways:     []giveUp{givesUp, repeats, leaves},
	}.run(t)
}

// TestRace32_LateFill: the first copy of a Fill arrives after the key has changed.
func TestRace32_LateFill(t *testing.T) {
	lateCopy{
		keys:   oneKey,
		before: func(s *scene) error { return s.takeOne(s.ctx, 0) },
		act:    fill,
		laters: []string{thenDelete, thenSet, thenLoaded, thenLoading},
		own:    true,
	}.run(t)
}

// TestRace32_LateRefill is the same race, for a lease on a present key.
func TestRace32_LateRefill(t *testing.T) {
	lateCopy{
		keys: oneKey,
		before: func(s *scene) error {
			return errors.Join(s.store("before"), s.takeOne(s.ctx, ctxcache.NoExpiry))
		},
		act:    fill,
		laters: []string{thenDelete, thenSet, thenLoaded},
		own:    true,
	}.run(t)
}

func fill(ctx context.Context, s *scene) error {
	return ctxcache.UnlessLost[string](ctxcache.Fill(ctx, s.n, key, s.leases[key], ctxcache.NewEntry("old", time.Hour)))
}

// TestRace32_LateFills is the same race, for many keys.
func TestRace32_LateFills(t *testing.T) {
	lateCopy{
		keys:   twoKeys,
		before: func(s *scene) error { return s.take(s.ctx, 0) },
		act: func(ctx context.Context, s *scene) error {
			return ctxcache.UnlessLost[string](ctxcache.FillMany(ctx, s.n, s.entries(), s.leases))
		},
		laters: []string{thenDelete, thenSet, thenLoaded, thenLoading},
		own:    true,
	}.run(t)
}

// TestRace32_LateDelete: a Delete that succeeds was carried out. Its first copy may arrive later, and costs a miss.
func TestRace32_LateDelete(t *testing.T) {
	lateCopy{
		keys:     oneKey,
		before:   func(s *scene) error { return s.store("old") },
		act:      func(ctx context.Context, s *scene) error { return s.n.Delete(ctx, key) },
		soon:     (*scene).isGone,
		laters:   []string{thenSet, thenLoaded, thenLoading},
		unfenced: true,
	}.run(t)
}

// TestRace32_LateDeletes is the same race, for many keys.
func TestRace32_LateDeletes(t *testing.T) {
	lateCopy{
		keys:     twoKeys,
		before:   func(s *scene) error { return s.store("old") },
		act:      func(ctx context.Context, s *scene) error { return ctxcache.DeleteMany(ctx, s.n, s.kind.keys) },
		soon:     (*scene).isGone,
		laters:   []string{thenSet, thenLoaded, thenLoading},
		unfenced: true,
		ways:     []giveUp{repeats, givesUp}, // a caller that leaves gets its context's error
	}.run(t)
}
