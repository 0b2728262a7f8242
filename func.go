package cached

import (
	"context"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// Function is a function with a cache in front of it. [Func] makes one. Its methods may be called concurrently. It is a
// ctxcache.Node.
type Function[K comparable, V any] struct {
	stack    ctxcache.Cache[K, V]                        // as the user gave it
	cache    ctxcache.Forward[K, V]                      // to stack
	entries  ctxcache.EntryCache[K, V]                   // to stack, for hits that need the age of the value
	values   ctxcache.ValuesGetter[K, V]                 // the stack, if GetMany needs no more than that; otherwise nil
	near     nearReader[K, V]                            // the stack, if it has a near level and leases; otherwise nil
	scoped   requestScoped[K]                            // the stack, if requests have scopes in it; otherwise nil
	source   source[K, V]                                // nil in a KeyedFunction, which passes a source with each call
	loadMany func(context.Context, []K) (map[K]V, error) // of a Bulk function, in place of source; otherwise nil
	opts     Options
	caps     ctxcache.Cap
	limits   limits
	plain    bool       // a Get without directives is one Get of stack, and needs nothing before it
	fresh    *freshness // nil if the options do not distinguish ages
	negative error      // of a call that finds a negative entry
	clone    func(V) V  // gives each caller a value of its own; nil if callers share values
	flights  Flight[K, loaded[V]]
	slots    slots
	rounds   rounds[K, V] // with Options.OncePerCluster
	watching watching     // as above

	refusal       atomic.Pointer[error] // the error of every call: ErrOptions or ErrClosed; or nil
	loads         *gate                 // counts the running loads, and what goes on behind callers
	behind        crowd                 // counts what goes on behind callers
	cooldowns     cooldowns[K]
	window        window[K, V]  // of a Bulk function
	invalidations atomic.Uint64 // by this Function; a refresh counts, too
	overdue       overdue[K]
	pace          pace
	running       running[K, V]
	life          context.Context // ends when Close stops waiting
	endLife       context.CancelCauseFunc

	counts counters
}

// Func returns load with a cache in front of it. A hit is one Get of the cache. A miss calls load. Concurrent misses of
// one key share one call, however many callers of this Function there are (see [Flight]). Another Function loads for
// itself, and so does another process, even if they share the cache. The load takes the key's lease before it begins,
// and stores its result with the lease. So a value is not stored if anybody deleted or overwrote the key in the
// meantime. A caller that waits for a load which began before its call does not get a result that was invalidated
// before its call. It asks again. Without a lease, because the cache is down or has none, it may miss a deletion by another
// process, for the length of one load. A hit is as fresh as the cache: a near copy may be older than far (see package
// twolevel).
//
// A load does not belong to the call that started it. As soon as the source has been asked, it goes on when its callers
// have left, until Options.LoadTimeout. Its context has the values of the caller that came first (see Options.Detach). A
// load whose context has ended is not stored, because its result may be incomplete. The key is copied, strings and all,
// so it may be a view of a buffer that the caller uses again.
//
// A key means the same under every context, because all callers of the key share its value. If results depend on the
// tenant or the user in the context, put that into the key. These two lines do it, with a store whose keys are strings:
//
//	ofTenant := func(ctx context.Context, id string) (string, error) { return cached.JSONKey(tenant(ctx), id) }
//	orders := cached.KeyedFunc(store, ofTenant, db.OrderByID, opts) // in place of cached.Func(store, db.OrderByID, opts)
//
// If the cache copies values for its callers (see layers.Cloned), the callers of a load do not share its result either:
// each gets a value of its own. Otherwise they share it, and must not modify it.
//
// If the cache fails or does not answer, a call loads without it (see Options.Strict). It then neither takes a lease nor
// stores the value, so the cache costs it no more than one wait. After a load, callers wait until the value is stored, but
// no longer than for a read: ctxcache.Timeouts.Read, if the cache has such a limit, and otherwise 100 milliseconds. It
// is stored behind them then. A cache that says that it asks servers and sets no limits (ctxcache.NoExpiry) is waited for
// for 100 ms in a read, and for a second in a write.
//
// The result of load is stored for Options.TTL, or for the TTL that load asked for by [LoadOf]. An error of load goes
// to all callers that wait for it. If load returns a value with its error, they get both, and the value is not stored.
// Errors are not cached, except that the source has no such thing: ctxcache.ErrNotFound or Options.NotFound (see
// Options.NotFoundTTL). Calls may also fail with the errors of Flight.
//
// If the cache does not support leases (see ctxcache.CapLease), values are stored by Set. Then a running load is
// invalidated only by this Function's own Set, Delete, DeleteMany, Clear and ClearIn.
//
// Func panics if cache or load is nil. If the options are invalid, every call returns a ctxcache.ErrOptions.
func Func[K comparable, V any](cache ctxcache.Cache[K, V], load func(context.Context, K) (V, error), opts *Options) *Function[K, V] {
	if cache == nil || load == nil {
		panic("cached: Func of a nil cache or a nil function")
	}
	f := newFunction(cache, opts)
	f.source = sourceFunc[K, V](load)
	return f
}

func newFunction[K comparable, V any](cache ctxcache.Cache[K, V], opts *Options) *Function[K, V] {
	f := &Function[K, V]{stack: cache, loads: newGate()}
	if opts != nil {
		f.opts = *opts
	}
	f.cache = ctxcache.NewForward(cache, f.opts.describe())
	f.caps = f.cache.Supports()
	f.entries = ctxcache.Entries(cache)
	f.scoped, _ = cache.(requestScoped[K])
	if f.caps.Has(ctxcache.CapLease) {
		f.near, _ = cache.(nearReader[K, V])
	}
	f.limits = limitsOf(f.cache.Timeouts())
	f.fresh = freshnessOf(&f.opts, f.caps)
	if f.caps.Has(ctxcache.CapMany) && f.fresh == nil {
		f.values, _ = cache.(ctxcache.ValuesGetter[K, V])
	}
	f.plain = f.caps.Has(ctxcache.CapLease) && f.near == nil && f.limits.read == 0 && f.fresh == nil && f.opts.Tracer == nil
	f.cooldowns.base = f.opts.cooldown()
	f.clone = f.cache.CloneFunc()
	f.negative = f.opts.negative()
	f.flights.pace = &f.pace
	f.slots.limit(f.opts.MaxLoads, f.opts.MaxQueued)
	// The Function's own life: no caller's context ends it, but Close does.
	f.life, f.endLife = context.WithCancelCause(context.Background())
	if err := opts.ValidateFor(f.caps); err != nil {
		f.refusal.Store(&err)
	}
	return f
}

// refused returns the error that every call of f returns now, as the error of op. It returns nil if calls may go on.
func (f *Function[K, V]) refused(op ctxcache.Operation) error {
	if err := f.refusal.Load(); err != nil {
		return f.fail(op, *err)
	}
	return nil
}

// fail returns err as the error of op in f.
func (f *Function[K, V]) fail(op ctxcache.Operation, err error) error {
	return ctxcache.Fail(f.opts.name(), op, err)
}

// Get returns the value of key, from the cache or from the source.
//
// An error of the loader is returned as it is. If the cache has a negative entry for key, the error is a bare
// ctxcache.ErrNotFound, or with Options.NotFound one that is both. Test for it by errors.Is, because the loader may
// have wrapped it. If ctx is done, Get returns the context's error at once, even if the load goes on for other callers.
// Options.Strict decides what a failure of the cache does. The request can ask for less or more than that, in ctx: see
// ctxcache.Directives.
func (f *Function[K, V]) Get(ctx context.Context, key K) (V, error) {
	return f.getFrom(ctx, key, f.source)
}

// getFrom is Get with a source for this call.
func (f *Function[K, V]) getFrom(ctx context.Context, key K, source source[K, V]) (V, error) {
	if f.plain && f.refusal.Load() == nil && ctxcache.DirectivesOf(ctx) == nil {
		value, err := f.stack.Get(ctx, key) // here, because a hit of memory would notice another call
		if err == nil {
			return value, nil
		}
		answer, err := f.getAfter(ctx, key, source, 0, false, err)
		return answer.value, err
	}
	if f.opts.Tracer != nil {
		return f.trace(ctx, ctxcache.OpGet, key, source, f.get)
	}
	answer, err := f.get(ctx, key, source)
	return answer.value, err
}

// Refresh loads key anew, whether or not it is cached, stores the value and returns it. The load begins after the call
// begins, so it sees everything that the caller has changed in the source.
//
// The cached value stays readable until the new value replaces it. It also stays if the load fails. It is deleted in
// these cases: the new value cannot be stored, the loader finds no such thing or does not want the value stored (see
// [LoadOf]), or, without Options.Strict, the cache fails before the load. It is deleted, too, if another process is filling the key or
// may have filled it with a value loaded before the change. If it has to be deleted, and the cache fails to do so, Refresh
// returns that error even without Strict, because others still get the old value. If the cache hangs, so that nobody knows
// whether the old value is gone, the error is a ctxcache.ErrTimeout. The other errors are the same as Get's.
func (f *Function[K, V]) Refresh(ctx context.Context, key K) (V, error) {
	return f.refreshFrom(ctx, key, f.source)
}

// refreshFrom is Refresh with a source for this call.
func (f *Function[K, V]) refreshFrom(ctx context.Context, key K, from source[K, V]) (V, error) {
	refresh := func(ctx context.Context, key K, from source[K, V]) (answer[V], error) {
		return f.refresh(ctx, key, from, nil)
	}
	if f.opts.Tracer != nil {
		return f.trace(ctx, ctxcache.OpRefresh, key, from, refresh)
	}
	answer, err := refresh(ctx, key, from)
	return answer.value, err
}

// Cache returns the cache under f, as it was given to [Func]. Use it for what f itself cannot do, such as reading entries
// with their TTLs. Leases make a running load notice what is written there. If the cache does not support leases, write by
// the methods of f instead: a running load does not notice anything else.
func (f *Function[K, V]) Cache() ctxcache.Cache[K, V] { return f.stack }

// Contains reports whether the cache has a value for key. It does not load.
func (f *Function[K, V]) Contains(ctx context.Context, key K) (has bool, err error) {
	if err := f.refused(ctxcache.OpContains); err != nil {
		return false, err
	}
	err = f.observe(ctx, ctxcache.OpContains, func(ctx context.Context) (err error) {
		has, err = f.cache.Contains(ctx, key)
		return err
	})
	return has, err
}
