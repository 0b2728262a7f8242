package ctxcache

import (
	"context"
	"errors"
	"time"
)

// Lease is the right to fill one key. GetLease grants it. It prevents the late write: a load starts, somebody deletes
// or overwrites the key, the load ends, and its old value is stored. With leases, every Set, Delete and Clear of the
// key ends the lease, whether or not the key is present, and then Fill stores nothing. The idea is from "Scaling
// Memcache at Facebook" (Nishtala et al., NSDI 2013), section 3.2.1.
//
// A Lease is an opaque token of this process. The holder gives it back to the cache that it got it from, the outermost
// one, so that a fill passes through every layer as a Set does. The zero Lease is not granted. Leases are comparable.
type Lease struct {
	token   any // comparable; nil if the lease was not granted
	refusal Refusal
	local   bool
}

// NewLease returns a granted lease. It is for caches that grant leases. Token is all that such a cache needs to recognize
// the lease, and contains the key as it is stored. Token must be comparable, and not nil.
func NewLease(token any) Lease { return Lease{token: token} }

// NewLocalLease is [NewLease] for a lease that only this process honours for now, although the cache usually grants
// leases that others honour, too.
func NewLocalLease(token any) Lease { return Lease{token: token, local: true} }

// NoLease returns a lease that was not granted, for this reason.
func NoLease(why Refusal) Lease { return Lease{refusal: why} }

// Granted reports whether the holder of l may fill the key, so far as the cache knew when it answered.
func (l Lease) Granted() bool { return l.token != nil }

// Local reports whether l was granted without those who share the cache, because they could not be asked. [twolevel.New]
// with Resilient grants such leases while far is down. The holder may fill with it as with any other lease. But the end
// of it, by Fill or Release, proves only that this process has not changed the key since the grant. Another process may
// have changed it, and may be loading it at the same time.
//
// [twolevel.New]: https://pkg.go.dev/github.com/ctxcache/cached/layers/twolevel#New
func (l Lease) Local() bool { return l.local }

// Refusal returns why l was not granted. It is NotDue if l was granted.
func (l Lease) Refusal() Refusal { return l.refusal }

// Token returns the token that the granting cache gave to NewLease, or nil.
func (l Lease) Token() any { return l.token }

// String says whether l was granted, and if not, why. It does not print the token, because that contains the key.
func (l Lease) String() string {
	switch {
	case l.local:
		return "granted, local"
	case l.Granted():
		return "granted"
	}
	return "not granted: " + l.refusal.String()
}

// GoString is String: %#v does not print the token either.
func (l Lease) GoString() string { return l.String() }

// Refusal is the reason why no lease was granted.
type Refusal uint8

// The refusals.
const (
	NotDue      Refusal = iota // the key is present, and its remaining TTL is above refreshBelow; or the call failed
	Loading                    // another holder is loading the key
	Changing                   // somebody is changing the source
	Unavailable                // leases cannot be had now
)

// String returns the reason in words.
func (r Refusal) String() string {
	switch r {
	case NotDue:
		return "not due"
	case Loading:
		return "another load"
	case Changing:
		return "a change"
	default:
		return "unavailable"
	}
}

// LeaseCache is a cache that grants leases.
//
// A lease ends by itself after a while, so that a holder that disappears does not keep others from filling. A renewed
// lease lasts as long as the load that it is for, see [LoadContext]. The holder ends the lease on every path: by a
// Fill that succeeds, by Release, or by Drop.
//
// Fill, Release and Drop return ErrLeaseLost itself, not wrapped, if the key was set, deleted or cleared since the
// lease was granted, if the lease has ended or was not granted, or if another cache has granted it. Give them a
// context that outlives the load, for example from context.WithoutCancel. If the context is done, they fail, and the
// lease stands until it runs out. After Close, Fill returns ErrClosed, and Release and Drop do nothing and return
// nil.
type LeaseCache[K comparable, V any] interface {
	// GetLease returns what GetEntry returns: the entry, ErrMiss, or ErrNotFound with a negative entry. If the key is
	// due, it also returns a Lease. Either the lease is granted, or its Refusal says why not. A key is due if it is
	// absent, or if its remaining TTL is at most refreshBelow. If refreshBelow is 0, only absent keys are due. If it
	// is NoExpiry, every key is due, even one that never expires or whose TTL is Unknown. A negative refreshBelow is
	// ErrTTL.
	//
	// Only one holder at a time has a lease on an absent key. On a present key the same holds within one process. In a
	// store that processes share (CapLeaseShared), several holders may have a lease on a present key. The first of them
	// to fill wins, and the leases of the others are then lost.
	//
	// If the stored entry is damaged, GetLease returns ErrCorrupt and a lease, so that the holder can replace it.
	// With any other error it returns no lease, and leaves none in the store.
	GetLease(ctx context.Context, key K, refreshBelow time.Duration) (Entry[V], Lease, error)

	// GetLeases is GetLease for many keys: the entries found, negative ones included, and a lease for each key that was
	// due, granted or not. A [*ManyError] names the keys that failed; the others have their entries and leases all the
	// same. A corrupt key is named by the error, and has a lease.
	GetLeases(ctx context.Context, keys []K, refreshBelow time.Duration) (map[K]Entry[V], map[K]Lease, error)

	// Fill stores e, which may be a negative entry, and ends the lease. If it fails with another error than ErrLeaseLost,
	// the lease stands, and the holder must call Release or Drop.
	Fill(ctx context.Context, key K, lease Lease, e Entry[V]) error

	// FillMany is Fill for many keys, in one round trip. An entry whose key has no lease is ErrLeaseLost for that key.
	FillMany(ctx context.Context, entries map[K]Entry[V], leases map[K]Lease) error

	// Release ends the lease without a Fill, so that others need not wait until it runs out. If Release returns nil, and
	// the cache is not closed, nothing has invalidated the key since the grant. A load that stores nothing has no other
	// way to find out.
	Release(ctx context.Context, key K, lease Lease) error

	// ReleaseMany is Release for many keys, in one round trip. Leases that were not granted are left out.
	ReleaseMany(ctx context.Context, leases map[K]Lease) error

	// Drop removes the entry that the key had when the lease was granted, if there was one, and ends the lease. If the
	// lease does not stand any more, Drop removes nothing. It is for a Fill that failed, or whose outcome is unknown: the
	// old value must not stay. Unlike Delete, Drop does not affect a newer lease, or a value that was stored since.
	Drop(ctx context.Context, key K, lease Lease) error
}

// GetLease returns the entry of key, ErrMiss, or ErrNotFound with a negative entry; and, if the key is absent or its
// remaining TTL is at most refreshBelow (NoExpiry: always), a lease, or one that was not granted and says why. It returns
// an [errors.ErrUnsupported] for a cache that is not a [LeaseCache].
func GetLease[K comparable, V any](ctx context.Context, c Cache[K, V], key K, refreshBelow time.Duration) (Entry[V], Lease, error) {
	e, lease, err := getLease(ctx, as[LeaseCache[K, V]](c, CapLease), key, refreshBelow)
	return e, lease, named(err, c, OpGetLease, CapLease)
}

func getLease[K comparable, V any](
	ctx context.Context, able LeaseCache[K, V], key K, refreshBelow time.Duration,
) (e Entry[V], lease Lease, err error) {
	if able == nil {
		return e, lease, errors.ErrUnsupported
	}
	if e, lease, err = able.GetLease(ctx, key, refreshBelow); err != nil {
		e.answered(err)
	}
	return e, lease, err
}

// GetLeases is [GetLease] for many keys. It returns an [errors.ErrUnsupported] for a cache that is not a [LeaseCache].
func GetLeases[K comparable, V any](
	ctx context.Context, c Cache[K, V], keys []K, refreshBelow time.Duration,
) (map[K]Entry[V], map[K]Lease, error) {
	found, leases, err := getLeases(ctx, as[LeaseCache[K, V]](c, CapLease), keys, refreshBelow)
	return found, leases, named(err, c, OpGetLeases, CapLease)
}

func getLeases[K comparable, V any](
	ctx context.Context, able LeaseCache[K, V], keys []K, refreshBelow time.Duration,
) (map[K]Entry[V], map[K]Lease, error) {
	if able == nil {
		return nil, nil, errors.ErrUnsupported
	}
	return able.GetLeases(ctx, keys, refreshBelow)
}

// Fill stores e under key and ends lease, which c has granted on key. It returns ErrLeaseLost, bare, if lease no longer
// stands. It returns an [errors.ErrUnsupported] for a cache that is not a [LeaseCache].
func Fill[K comparable, V any](ctx context.Context, c Cache[K, V], key K, lease Lease, e Entry[V]) error {
	caps := Supports(c)
	err := fill(ctx, as[LeaseCache[K, V]](c, CapLease), caps, key, lease, e)
	return named(err, c, OpFill, needToFill(caps, e.Absent))
}

func fill[K comparable, V any](
	ctx context.Context, able LeaseCache[K, V], caps Cap, key K, lease Lease, e Entry[V],
) error {
	if able == nil || e.Absent && !caps.Has(CapNegative) {
		return errors.ErrUnsupported
	}
	return able.Fill(ctx, key, lease, e)
}

// FillMany is [Fill] for many keys. A [*ManyError] names the keys that failed. An entry whose key has no lease is
// ErrLeaseLost. It returns an [errors.ErrUnsupported] for a cache that is not a [LeaseCache].
func FillMany[K comparable, V any](ctx context.Context, c Cache[K, V], entries map[K]Entry[V], leases map[K]Lease) error {
	caps := Supports(c)
	err := fillMany(ctx, as[LeaseCache[K, V]](c, CapLease), caps, entries, leases)
	if err != errors.ErrUnsupported { // so that entries are looked through only once
		return err
	}
	return named(err, c, OpFillMany, needToFill(caps, cannotStore(caps, entries)))
}

func fillMany[K comparable, V any](
	ctx context.Context, able LeaseCache[K, V], caps Cap, entries map[K]Entry[V], leases map[K]Lease,
) error {
	if able == nil || cannotStore(caps, entries) {
		return errors.ErrUnsupported
	}
	return able.FillMany(ctx, entries, leases)
}

// Release ends lease, which c has granted on key, without a Fill. It returns ErrLeaseLost, bare, if lease no longer
// stands. It returns an [errors.ErrUnsupported] for a cache that is not a [LeaseCache].
func Release[K comparable, V any](ctx context.Context, c Cache[K, V], key K, lease Lease) error {
	return named(release(ctx, as[LeaseCache[K, V]](c, CapLease), key, lease), c, OpRelease, CapLease)
}

func release[K comparable, V any](ctx context.Context, able LeaseCache[K, V], key K, lease Lease) error {
	if able == nil {
		return errors.ErrUnsupported
	}
	return able.Release(ctx, key, lease)
}

// ReleaseMany is [Release] for many keys. A [*ManyError] names the keys that failed. Leases that were not granted are
// left out. It returns an [errors.ErrUnsupported] for a cache that is not a [LeaseCache].
func ReleaseMany[K comparable, V any](ctx context.Context, c Cache[K, V], leases map[K]Lease) error {
	return named(releaseMany(ctx, as[LeaseCache[K, V]](c, CapLease), leases), c, OpReleaseMany, CapLease)
}

func releaseMany[K comparable, V any](ctx context.Context, able LeaseCache[K, V], leases map[K]Lease) error {
	if able == nil {
		return errors.ErrUnsupported
	}
	return able.ReleaseMany(ctx, leases)
}

// Drop removes the entry that key had when c granted lease, and ends lease. If lease no longer stands, it removes nothing
// and returns ErrLeaseLost, bare. It returns an [errors.ErrUnsupported] for a cache that is not a [LeaseCache].
func Drop[K comparable, V any](ctx context.Context, c Cache[K, V], key K, lease Lease) error {
	return named(drop(ctx, as[LeaseCache[K, V]](c, CapLease), key, lease), c, OpDrop, CapLease)
}

func drop[K comparable, V any](ctx context.Context, able LeaseCache[K, V], key K, lease Lease) error {
	if able == nil {
		return errors.ErrUnsupported
	}
	return able.Drop(ctx, key, lease)
}

// UnlessLost removes lost leases from err, the error of a Fill, Release or Drop: it returns nil for ErrLeaseLost, and a
// [*ManyError] without the keys whose leases were lost. It is for callers that end a lease and need no proof.
func UnlessLost[K comparable](err error) error {
	if err == ErrLeaseLost {
		return nil
	}
	many, ok := err.(*ManyError[K])
	if !ok {
		return err
	}
	failed := make(map[K]error)
	for key, err := range many.Failed {
		if err != ErrLeaseLost {
			failed[key] = err
		}
	}
	return NewManyError(failed)
}

// Due reports whether an entry with this remaining TTL is due, so that GetLease grants a lease on it: the TTL is at most
// refreshBelow. If the TTL is Unknown, the entry is due only if refreshBelow is NoExpiry. Backends use Due, so that all
// agree.
func Due(remaining, refreshBelow time.Duration) bool {
	if remaining == Unknown {
		return refreshBelow == NoExpiry
	}
	return remaining <= refreshBelow
}
