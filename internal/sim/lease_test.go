package sim_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// leased is the result of GetLease.
type leased struct {
	entry  entry
	lease  lease
	answer error // ErrMiss, ErrNotFound, or nil
}

func (c *client) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	if err := ctx.Err(); err != nil {
		return entry{}, lease{}, err
	}
	got, err := c.sendLease(key, refreshBelow).wait(ctx)
	if err != nil {
		c.world.loads.mayLoad(c, key)
		return entry{}, lease{}, err
	}
	c.due(key, got, refreshBelow)
	return got.entry, c.hold(key, got), got.answer
}

// due is called with an answer of far to a request for a lease. It records whether the answer allows a load.
func (c *client) due(key string, got leased, refreshBelow time.Duration) {
	switch {
	case got.answer == ctxcache.ErrMiss || refreshBelow == ctxcache.NoExpiry:
		c.world.loads.mayLoad(c, key)
		if c.world.variant.allOptions && 0 < refreshBelow && refreshBelow < ctxcache.NoExpiry {
			c.world.loads.left(key) // a refresh behind callers gives the lease up if the value was deleted meanwhile
		}
	case ctxcache.Due(got.entry.TTL, refreshBelow):
		c.world.loads.mayLoad(c, key)
		c.world.loads.left(key) // a load that finds a stale value lets its callers read that, and gives the lease up
	}
}

func (c *client) GetLeases(ctx context.Context, keys []string, refreshBelow time.Duration) (map[string]entry, map[string]lease, error) {
	got, err := many(ctx, keys, func(key string) *answer[leased] { return c.sendLease(key, refreshBelow) })
	c.failed(keys, err)
	found, leases := make(map[string]entry), make(map[string]lease)
	for key, l := range got {
		if c.world.variant.allOptions { // otherwise no cached function makes this call
			c.due(key, l, refreshBelow)
		}
		if l.lease != (lease{}) {
			leases[key] = c.hold(key, l)
		}
		if l.answer != ctxcache.ErrMiss {
			found[key] = l.entry
		}
	}
	return found, leases, err
}

func (c *client) sendLease(key string, refreshBelow time.Duration) *answer[leased] {
	w := c.world
	return send(c, ctxcache.OpGetLease, key, func(ctx context.Context) (leased, error) {
		// Far cannot see whether the holder lives, so the lease must run out.
		e, l, err := ctxcache.GetLease(ctxcache.ForLoad(ctx, context.Background()), w.far, key, refreshBelow)
		if l.Granted() {
			if err != ctxcache.ErrMiss { // a refresh: it was asked for, so it needs no other cause
				w.loads.changed(key)
			}
			w.granted(key)
		}
		return leased{e, l, err}, nil
	}, func(got leased) {
		if got.lease.Granted() {
			w.loads.changed(key)
			w.released(ctxcache.Release(w.ctx, w.far, key, got.lease))
		}
	})
}

// released records a violation if a release failed with an error other than ErrLeaseLost.
func (w *world) released(err error) {
	if err != ctxcache.ErrLeaseLost {
		w.must(err)
	}
}

// hold returns the lease that the stack gets in place of far's lease.
func (c *client) hold(key string, got leased) lease {
	if !got.lease.Granted() {
		return got.lease
	}
	token := &farLease{client: c, key: key, lease: got.lease}
	c.held.add(token)
	return ctxcache.NewLease(token)
}

// farLease is the token of a lease that far granted.
type farLease struct {
	client *client
	key    string
	lease  lease
	tried  atomic.Bool // whether the stack tried to fill, even without success

	filled bool // only the scheduler uses it
}

// end records that the stack has ended the lease.
func (l *farLease) end() { l.client.held.remove(func(held *farLease) bool { return held == l }) }

// token returns the token of the lease, if this client granted it.
func (c *client) token(l lease) (*farLease, bool) {
	token, ok := l.Token().(*farLease)
	return token, ok && token.client == c
}

func (c *client) sendFill(key string, l *farLease, e entry) *answer[none] {
	l.tried.Store(true)
	return send(c, ctxcache.OpFill, key, func(ctx context.Context) (none, error) {
		err := ctxcache.Fill(ctx, c.world.far, key, l.lease, e)
		if err == nil {
			l.filled = true
			c.world.loads.stored(key, e)
		}
		return none{}, err
	}, nil)
}

func (c *client) sendRelease(key string, l *farLease) *answer[none] {
	return send(c, ctxcache.OpRelease, key, func(ctx context.Context) (none, error) {
		if !l.filled {
			c.world.givenUp(key, l.tried.Load())
		}
		return none{}, ctxcache.Release(ctx, c.world.far, key, l.lease)
	}, nil)
}

func (c *client) sendDrop(key string, l *farLease) *answer[none] {
	return send(c, ctxcache.OpDrop, key, func(ctx context.Context) (none, error) {
		if !l.filled {
			c.world.givenUp(key, l.tried.Load())
		}
		err := ctxcache.Drop(ctx, c.world.far, key, l.lease)
		if err == nil {
			c.world.loads.changed(key)
		}
		return none{}, err
	}, nil)
}

func (c *client) Fill(ctx context.Context, key string, l lease, e entry) error {
	token, ours := c.token(l)
	if !ours {
		return ctxcache.ErrLeaseLost
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := c.sendFill(key, token, e).wait(ctx)
	if err == nil || err == ctxcache.ErrLeaseLost {
		token.end()
	}
	return err
}

func (c *client) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	failed := make(map[string]error)
	var keys []string
	for key := range entries {
		if _, ours := c.token(leases[key]); ours {
			keys = append(keys, key)
		} else {
			failed[key] = ctxcache.ErrLeaseLost
		}
	}
	slices.Sort(keys)
	_, err := many(ctx, keys, func(key string) *answer[none] {
		token, _ := c.token(leases[key])
		return c.sendFill(key, token, entries[key])
	})
	for _, key := range keys {
		keyErr := ctxcache.KeyError(err, key)
		if keyErr == nil || keyErr == ctxcache.ErrLeaseLost {
			token, _ := c.token(leases[key])
			token.end()
		}
		if keyErr != nil {
			failed[key] = keyErr
		}
	}
	if done := ctx.Err(); done != nil {
		return done
	}
	return ctxcache.NewManyError(failed)
}

func (c *client) Release(ctx context.Context, key string, l lease) error {
	return c.giveUp(ctx, key, l, c.sendRelease)
}

func (c *client) Drop(ctx context.Context, key string, l lease) error {
	return c.giveUp(ctx, key, l, c.sendDrop)
}

func (c *client) giveUp(ctx context.Context, key string, l lease, send func(string, *farLease) *answer[none]) error {
	token, ours := c.token(l)
	if !ours {
		return ctxcache.ErrLeaseLost
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	token.end()
	_, err := send(key, token).wait(ctx)
	return err
}

func (c *client) ReleaseMany(ctx context.Context, leases map[string]lease) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(leases)) {
		if token, ours := c.token(leases[key]); ours {
			keys = append(keys, key)
			token.end()
		}
	}
	_, err := many(ctx, keys, func(key string) *answer[none] {
		token, _ := c.token(leases[key])
		return c.sendRelease(key, token)
	})
	return err
}

// heldLeases are leases that were granted and have not ended. A stack must end them on every path.
type heldLeases struct {
	mu     sync.Mutex
	leases map[*farLease]bool
}

func (h *heldLeases) add(l *farLease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.leases == nil {
		h.leases = make(map[*farLease]bool)
	}
	h.leases[l] = true
}

func (h *heldLeases) remove(ended func(*farLease) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.leases, func(l *farLease, _ bool) bool { return ended(l) })
}

func (h *heldLeases) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.leases)
}
