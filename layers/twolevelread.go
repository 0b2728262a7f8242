package layers

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Get asks near, then far.
func (t *twoLevel[K, V]) Get(ctx context.Context, key K) (V, error) {
	value, err := t.near.Get(ctx, key)
	if err == nil || !isAbsent(err) {
		return value, err
	}
	e, err := t.getFar(ctx, key)
	return e.Value, err
}

// GetEntry asks near, then far. The TTL is the value's own, not that of the near copy.
func (t *twoLevel[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	e, err := ctxcache.GetEntry(ctx, t.near, key)
	if err == nil || !isAbsent(err) {
		return t.told(e), err
	}
	return t.getFar(ctx, key)
}

// Contains asks near, then far.
func (t *twoLevel[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	if has, err := ctxcache.Contains(ctx, t.near, key); has || err != nil && !isAbsent(err) {
		return has, err
	}
	if err := t.begin(ctx, "contains"); err != nil {
		return false, err
	}
	has, err := ctxcache.Contains(ctx, t.far, key)
	return has, t.farFailed(ctx, err)
}

// isAbsent reports whether near's answer means that far has to be asked. A damaged near copy is as good as none.
func isAbsent(err error) bool {
	return err == ctxcache.ErrMiss || err != nil && errors.Is(err, ctxcache.ErrCorrupt)
}

// told is a near entry as it is told to callers: where far cannot tell the value's TTL, near cannot either.
func (t *twoLevel[K, V]) told(e ctxcache.Entry[V]) ctxcache.Entry[V] {
	if !t.farOps.Has(ctxcache.OpEntry) {
		e.TTL = ctxcache.Unknown
	}
	return e
}

// getFar gets what near does not have, in one flight for all who ask meanwhile.
func (t *twoLevel[K, V]) getFar(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	if err := t.begin(ctx, "get"); err != nil {
		return ctxcache.Entry[V]{}, err
	}
	e, _, err := t.reads.Do(ctx, key, func(ctx context.Context) (ctxcache.Entry[V], error) {
		return t.readFar(ctx, key)
	})
	return e, err
}

// readFar takes near's lease, reads far and fills near.
func (t *twoLevel[K, V]) readFar(ctx context.Context, key K) (_ ctxcache.Entry[V], err error) {
	var lease ctxcache.Lease[V]
	if t.nearOps.Has(ctxcache.OpLease) {
		var e ctxcache.Entry[V]
		e, lease, err = ctxcache.GetLease(ctx, t.near, key, 0)
		if lease != nil {
			defer func() { err = joined(err, lease.Release(context.WithoutCancel(ctx))) }()
		}
		if err == nil || !isAbsent(err) { // filled meanwhile
			return t.told(e), err
		}
	}
	began := time.Now()
	e, err := ctxcache.GetEntry(ctx, t.far, key)
	if err != nil && err != ctxcache.ErrNotFound {
		if err = t.farFailed(ctx, err); err == nil {
			err = ctxcache.ErrMiss
		}
		return ctxcache.Entry[V]{}, err
	}
	if _, fillErr := t.fillNear(ctx, lease, e, time.Since(began)); fillErr != nil {
		return ctxcache.Entry[V]{}, fillErr
	}
	return e, err
}

// fillNear fills near by lease with an entry of far, and reports whether near has it now. took is how long far
// took: the copy lives as if it had been made before, so that it does not outlive the original.
func (t *twoLevel[K, V]) fillNear(
	ctx context.Context, lease ctxcache.Lease[V], e ctxcache.Entry[V], took time.Duration,
) (filled bool, err error) {
	if lease == nil || e.Absent && !t.nearOps.Has(ctxcache.OpNegative) {
		return false, nil
	}
	if t.opts.NearTTL > 0 && (e.Keep == 0 || t.opts.NearTTL < e.Keep) {
		e.Keep = t.opts.NearTTL
	}
	if e.Keep > 0 {
		if e.Keep -= took; e.Keep <= 0 {
			return false, nil
		}
	}
	switch e.TTL {
	case 0: // far's default, which near does not know
		return false, nil
	case ctxcache.Unknown:
		if e.Keep == 0 {
			return false, nil
		}
		e.TTL = e.Keep
	case ctxcache.NoExpiry:
	default:
		if e.TTL -= took; e.TTL <= 0 {
			return false, nil
		}
		e.Stale = min(e.Stale, e.TTL)
	}
	err = lease.Fill(context.WithoutCancel(ctx), e)
	if err == ctxcache.ErrLeaseLost {
		return false, nil
	}
	return err == nil, err
}

// joined is err, together with also if that is one: a bare answer is kept bare.
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
