package rediscache

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// The choices of this backend's leases. docs/design.md says why a marker is a hash under the key itself: so a DEL, SET or
// FLUSHDB of any client ends the lease, and no value looks like a marker.
//
// One script reads and grants (lua/lease.lua). So the answer and the lease are from the same moment, and take one round
// trip. With two commands, this would go wrong:
//
//  (1) GET finds nothing. Another client stores a value. The second command marks the key: it overwrites the value, or
//      refuses, and the caller gets a miss for a key that has a value.
//
// The token is made before the request, so a lost reply does no harm. The seal is made by the server:
//
//  (2) If the reply is lost and go-redis repeats the call, the script recognizes the token and grants again. If no reply
//      ever arrives, the token serves to give the lease back.
//  (3) go-redis repeats the call because the reply is late, and the repeat is granted. A Delete ends the lease. Then the
//      first copy arrives and makes a marker again, with the same token. Its seal is another one, so Fill finds that the
//      lease is lost. Release removes that marker, because it compares the token alone.
//
// A marked lease stands as long as token and seal are there (lua/marker.lua). Fill looks at no clock, so it does not
// matter what clock the server has. The deadline counts only when somebody else asks for a lease. EXPIRE and PERSIST
// neither end a lease nor prolong it. DEL, UNLINK, SET, FLUSHDB, and the expiry of the marker's key end it.
//
// A present key has no room for a marker, because the value is under the key, and another key could be in another slot
// of a cluster and would survive a DEL of this key. So a lease on a present key is a fence: the expiry at the grant, and
// a hash of the content, which the client computes. It stores nothing in Redis, and need not be renewed. Fill compares it
// on the server (lua/fence.lua), which takes some 8 ms for a value of 1 MiB. A hash of a part, or the length, would be
// cheaper, but would accept a Fill after some writes.
//
//  (4) Two processes hold leases on the key. The first Fill changes the content, so the second finds another fence and
//      is lost. Likewise a Set or a Delete between grant and Fill.
//  (5) A client stores the same value again, with the same expiry to the millisecond. The fence is the same, and the
//      lease stands. Servers before Redis 7.0 cannot say when a key expires, only how long it lives: there it is enough
//      that it lives at most as long as at the grant, and not shorter than the time that has passed explains.
//
// Renewal follows the load, not the call of GetLease (see renew.go and ctxcache.LoadContext):
//
//  (6) A layer cancels the call's context when GetLease has returned. The load goes on, so the marker is renewed.
//  (7) The holder's process dies. Nobody renews the marker, and it expires after Options.LeaseTTL. If the context of the
//      load can never end, the marker is not renewed from the beginning, because a dead load would look alive.

// GetLease returns what GetEntry returns. If key is absent, or its remaining TTL is at most refreshBelow, it also
// returns a lease. All this takes one round trip. Every process that uses the same keys honours the lease. DEL, UNLINK,
// SET and FLUSHDB end it, whichever client sends them.
//
// A lease on an absent key is exclusive. It has a marker in Redis, which lives for Options.LeaseTTL. The marker is
// renewed until the lease is filled, released or dropped, until Close, or until the load that the lease is for ends
// (see [ctxcache.ForLoad]). If the context of that load can never end, the marker is not renewed.
//
// A lease on a present key has no marker. Several holders may have one, and the first to fill wins. Fill compares the
// content and the expiry of the key with those at the grant. So the lease is lost when the entry expires. It is not
// lost if somebody stores the same value again with the same expiry, to the millisecond. Before Redis 7.0 it is not lost
// either if somebody stores the same value again with an expiry up to as much earlier as the load took.
//
// If the server does not run scripts, GetLease returns an error that says so.
func (c *Cache) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[[]byte], ctxcache.Lease, error) {
	const op = ctxcache.OpGetLease
	requests, err := c.requestOne(ctx, op, key, refreshBelow)
	if err != nil {
		c.calls.Counts.Leased(ctx, err)
		return ctxcache.Entry[[]byte]{}, ctxcache.Lease{}, err
	}
	r := requests[0]
	granted, _ := r.due()
	err = c.calls.Fail(ctx, op, r.answer)
	c.calls.Counts.Leased(ctx, err)
	return r.entry, granted, err
}

// GetLeases is GetLease for many keys, in one round trip per server. The second map has a lease for each key that was
// due, granted or not. Keys that failed are reported by a [*ctxcache.ManyError]; the others have their entries and
// leases. If a server does not answer, only its keys fail.
func (c *Cache) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[[]byte], map[string]ctxcache.Lease, error) {
	unique := calls.Unique(keys)
	keys, mistakes := c.withoutNeeded(unique)
	requests, failed, err := c.requestEach(ctx, keys, refreshBelow)
	if err != nil {
		c.calls.Counts.LeasedMany(ctx, len(unique), 0, 0, err)
		return nil, nil, err
	}
	values, found := 0, make(map[string]ctxcache.Entry[[]byte], len(requests))
	leases := make(map[string]ctxcache.Lease, len(requests))
	for _, r := range requests {
		if granted, due := r.due(); due {
			leases[r.key] = granted
		}
		switch err := c.calls.Fail(ctx, ctxcache.OpGetLeases, r.answer); err {
		case nil:
			values++
			found[r.key] = r.entry
		case ctxcache.ErrNotFound:
			found[r.key] = r.entry
		case ctxcache.ErrMiss:
		default:
			failed[r.key] = err
		}
	}
	err = c.withMistakes(ctx, ctxcache.OpGetLeases, ctxcache.NewManyError(failed), mistakes)
	c.calls.Counts.LeasedMany(ctx, len(unique), values, len(found)-values, err)
	return found, leases, err
}

// lease is the data of a granted lease. A pointer to it is the token of the ctxcache.Lease.
type lease struct {
	// These are not changed after the grant. Renew sets renewal before the lease is returned.
	cache   *Cache   // the cache that granted the lease
	stored  string   // the name of the key in Redis
	token   string   // of the marker of a lease on an absent key; "" for a lease on a present key, which has a fence
	proof   []any    // the scripts compare this: token and seal, or the fence
	renewal *renewal // of the marker; nil without one

	// These change from false to true once. Calls and the renewal's goroutine set them.
	over atomic.Bool // the lease is known to have ended
	gone atomic.Bool // the lease is also known to have left nothing in Redis
}

// lease returns the data of l. It returns nil unless c granted l on key.
func (c *Cache) lease(key string, l ctxcache.Lease) *lease {
	if granted, ok := l.Token().(*lease); ok && granted.cache == c && granted.stored == c.stored(key) {
		return granted
	}
	return nil
}

// marked reports whether the lease is on an absent key and has a marker. Otherwise it has a fence.
func (l *lease) marked() bool { return l.token != "" }

// end records that the lease has ended, and ends its renewal. Unless gone, a marker with its token may still be in Redis:
// see (3).
func (l *lease) end(gone bool) {
	l.over.Store(true)
	if gone || !l.marked() {
		l.gone.Store(true)
	}
	l.renewal.Stop(l)
}
