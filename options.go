package cached

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options configure a [Function]. The zero value and a nil pointer mean the default of every option.
//
// They come in four blocks: how long values live, what happens when something fails, how the source is asked, and what
// processes do together. The hooks are at the end. docs/loads.md tells what each is good for, and when not to use it.
type Options struct {
	// Name is a name for the Function in Stats, errors and descriptions. With "", Stats and errors say "func".
	Name string

	// Life: how long values and answers live.

	// TTL is how long a loaded value lives. 0 means the cache's default, ctxcache.NoExpiry means for ever.
	TTL time.Duration

	// Jitter, from 0 to 1, shortens each TTL by a random part: by at most this fraction of it. So values that were
	// loaded at the same time do not expire at the same time.
	Jitter float64

	// StaleFor is how long after its TTL a value is still returned at once, while one refresh runs behind the callers. 0
	// means that values are not returned after their TTL. A value is stored for its TTL and the longer one of StaleFor and
	// StaleIfError; both count from the end of its TTL. What was deleted or overwritten is gone, and never returned.
	//
	// StaleFor, StaleIfError, RefreshAhead and RefreshBeta need a TTL, and a cache that knows remaining lives
	// (ctxcache.CapEntry). The cache may be read by others: if it keeps the window of each value (ctxcache.CapStale), as
	// memory and the envelope of layers.Encoded do, Functions with other windows understand it. Otherwise all Functions
	// that share keys need the same windows. A Function without any of these options takes a stale value for a fresh one.
	StaleFor time.Duration

	// RefreshAhead, from 0 to 1, is the fraction of TTL after which a value is refreshed behind the next caller, who gets
	// the value in the cache. So keys that are in use do not expire. 0 means that values are not refreshed ahead. One
	// process refreshes a key once at a time, and of several processes usually one stores the result. If a load sets a
	// TTL of its own, a shorter one counts in place of TTL; with a longer one the value is refreshed when it has as little
	// left as if it had TTL. If the cache does not keep when a value was loaded, as Redis without an envelope, the shortest
	// TTL that a load has set counts for all values.
	RefreshAhead float64

	// RefreshBeta, if it is not 0, makes each access refresh a value ahead by chance: the more likely, the closer the end
	// of its TTL is and the longer loads take. So many processes do not refresh a key at the same time. 1 is usual, and
	// more means earlier. The method is XFetch of Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache
	// Stampede Prevention" (VLDB 2015). It may be combined with RefreshAhead.
	RefreshBeta float64

	// NotFound is the error by which the source says that it has no such thing, for example sql.ErrNoRows. If the error
	// of the loader is NotFound, by errors.Is, it counts as ctxcache.ErrNotFound. Calls that find no such thing then
	// return an error that is both, by errors.Is: the call that loads, those that wait for it, and those that find the
	// negative entry, in every process with the same NotFound. With nil, only ctxcache.ErrNotFound says it, and negative
	// entries are reported by that error, bare.
	//
	// An error that also reports a failure does not count as NotFound: the end of a context, a timeout, a panic, or one
	// of several errors (errors.Join, *ctxcache.ManyError) that is about something else. The callers get it as it is,
	// and it is not stored. The same is true of ErrNotFound. Several %w of one fmt.Errorf are names for one thing.
	NotFound error

	// IsNotFound reports whether an error of the loader says that the source has no such thing. It is for errors that no
	// sentinel stands for, such as those with codes.NotFound of gRPC. An error counts if NotFound or IsNotFound says so. What
	// NotFound excludes is excluded here, too. It may be called concurrently. Nil means that NotFound says it all.
	IsNotFound func(err error) bool

	// NotFoundTTL is how long a negative entry lives. It is stored when the loader returns ctxcache.ErrNotFound, or
	// NotFound. 0 means that negative entries are not stored. The cache must support ctxcache.CapNegative.
	NotFoundTTL time.Duration

	// Failure: what happens when the source or the cache fails, or is slow.

	// StaleIfError is how long after its TTL a value is returned if its load fails, or takes longer than SoftTimeout. It is
	// never stored again, so it does not become younger. 0 means that callers get the error. Callers do not notice a
	// failing source: OnLoadError, Stats and GetResult report it. An answer that there is no such thing is not a failure.
	StaleIfError time.Duration

	// SoftTimeout is how long callers wait for a load if they have a value that StaleIfError lets them return. It counts
	// from the beginning of the load, so a caller that comes later waits less. The load goes on, and stores its result. It
	// needs StaleIfError. 0 means that they wait until the load ends. The callers ask the cache once more whether the value
	// is still there, for 100 milliseconds at most: if it does not answer, they return the value.
	SoftTimeout time.Duration

	// ErrorCooldown is how long the source is not asked for a key again after a load of the key has failed. Calls of the
	// key get a *CooldownError meanwhile, or the value that StaleFor or StaleIfError lets them return. Each further failure
	// in a row doubles the wait, up to 64 times, and shortens it by a random part of at most one half. A Set, Delete, Clear
	// or Refresh of the key ends it. The end of a context does not count as a failure.
	//
	// 0 means that every call may ask the source. But if StaleFor, StaleIfError, RefreshAhead or RefreshBeta is set, it is
	// a second for calls that have a value to return.
	ErrorCooldown time.Duration

	// Strict makes a failure of the cache the error of the call. Without Strict the call goes on: it loads the value,
	// or returns the value that was loaded. A corrupt entry is not a failure in this sense: it is loaded again.
	Strict bool

	// Load: how the source is asked.

	// MaxLoads limits the loads of this Function that run at the same time, in this process. Further loads wait for a
	// slot. 0 means no limit. Callers that join a load do not need a slot. A load has its slot until the source has
	// answered, or until LoadTimeout.
	//
	// A load that starts another load, or waits for one, lends its slot to it, even to a load of another Function. So
	// loads that ask for each other never wait for a slot in a circle. A slot is lent to one load at a time: if a loader
	// starts many loads at once, they run one after the other in its slot, and in the slots that are free. So at most
	// MaxLoads loads have slots of their own, and at most as many run in borrowed ones.
	MaxLoads int

	// MaxQueued limits the loads that wait for a slot of MaxLoads. 0 means no limit. A call whose load would be one more
	// gets ErrOverloaded at once, or the value that StaleIfError lets it return. A refresh behind callers does not wait
	// then: without a free slot it is left to a later caller. So a source that is slow does not collect callers that wait
	// for minutes. ErrOverloaded is not a failure of the source: the key does not cool down, and OnLoadError is not called.
	// It needs MaxLoads. Loads that a load starts count, too, unless a slot is lent to them at once. All loads of a GetMany
	// count as one while they wait.
	MaxQueued int

	// MaxBatch is the largest number of keys that a [Bulk] function asks its loader for in one call. More keys are asked for in
	// several calls at the same time. 0 means no limit.
	MaxBatch int

	// CoalesceFor is how long a Get of a [Bulk] function that misses in the cache waits for others: their keys are loaded in
	// one call. It ends earlier when MaxBatch keys wait. 0 means that each Get loads by itself.
	CoalesceFor time.Duration

	// LoadTimeout limits each load. It counts from the moment when the source is asked, so it does not count the time
	// that a load waits for a slot. 0 means 5 minutes, ctxcache.NoExpiry means no limit. When the time is over, the
	// loader's context is cancelled, the callers get ErrLoadTimeout, and the load has neither its key nor its slot nor
	// its lease any more. The next caller starts a new load. The cancelled context has no deadline.
	//
	// A loader that ignores its context runs on. Stats counts such loaders: they are in Timeouts, and not yet in Late.
	// While 10 of them run for one key, or 100 (or MaxLoads, if that is more) for all keys, further loads of the key, or
	// of the Function, fail with ErrLoadTimeout at once, and the source is not asked.
	//
	// Callers with short deadlines need not wait for the LoadTimeout of a load that hangs: nobody joins a load that has
	// taken five times as long as the slowest load of late, and at least 10 seconds. The next caller starts a load of its
	// own, which then stores its result. This happens at most twice in a row for a key.
	LoadTimeout time.Duration

	// CancelUnwanted ends a load when its last caller has left: its context is cancelled, and its result is not stored.
	// Without CancelUnwanted, a load goes on as soon as the source has been asked, and its result is stored for others.
	// So requests with a deadline of a second fill the cache although a load takes longer. Set it if an unwanted load
	// costs more than it is worth.
	CancelUnwanted bool

	// Detach gives the loader a context without the caller's values. Without Detach, the context has the values of the
	// caller that happened to come first: its identity, its transaction, its span. All callers of the load get the
	// result of that: if the first caller rolls its transaction back, the others fail, too, or get a value that never
	// was. Set Detach, or do not use such values in a loader.
	//
	// Detach keeps what the Tracer has put into the context: the span of the load. It does not change when the context
	// is cancelled.
	Detach bool

	// Cluster: what processes that share the cache do together.

	// OncePerCluster makes all Functions that share the cache, in all processes, load a key once at a time. Without it, a
	// load that gets no lease, because another process is loading the key, asks the source as well. With it, the load
	// waits for the other one: it asks the cache for the value, first after a few milliseconds, and then less often, up to
	// every 100 milliseconds. If the cache reports its changes (ctxcache.CapWatch), a load that has waited for a while asks
	// as soon as its key has changed. If the other process dies, its lease ends, and one of those that wait loads the key. The
	// wait does not need a slot of MaxLoads. It ends when its callers have left, and after LoadTimeout with
	// ErrLoadTimeout. Callers that have a stale value return it as they do during a load of their own process.
	//
	// The cache must have leases that processes share (ctxcache.CapLeaseShared), as Redis and Memcached have, and two
	// levels over them. A Refresh does not wait, because its load must begin after the call. Nor does a load whose lease is
	// refused because somebody changes the source, or because the cache is down. If the key has a stale value, several
	// processes may get a lease, and load it at the same time: use RefreshBeta against that.
	//
	// A load that fails, or whose result is not stored, ends the lease. The next process then asks the source. So if the
	// source fails, each process finds that out for itself, one after the other: ErrorCooldown is for one process. Do not
	// set OncePerCluster where that is worse than several loads at the same time. A load has its lease while it waits for
	// a slot of MaxLoads, so other processes wait, too. Loads of different processes that ask for each other in a circle
	// wait until LoadTimeout.
	OncePerCluster bool

	// The hooks: what others hear.

	// OnCacheError is called for each failure of the cache in a Get, a Refresh or a load, and for each corrupt entry
	// (ctxcache.ErrCorrupt), on the goroutine of the call or load. It is not called for a miss, a done context or a lost
	// lease. A call also returns ErrKey, ErrClosed and ErrOptions without Strict, and OnCacheError is not called for
	// them. But it is called if a loaded value cannot be stored because the cache was closed. Contains, Set, Delete,
	// DeleteMany and Clear return their failures instead, and Stats does not count those. OnCacheError may be called
	// concurrently. It may be nil: Stats counts the failures either way.
	OnCacheError func(ctx context.Context, err error)

	// OnUnstored is called for each load whose result is not stored, with the reason. A value that is loaded again and
	// again, although it should be cached, is found by it. ErrNotFound without NotFoundTTL does not count: nothing is to
	// be stored then. It is called on the goroutine of the load, before the callers have their value, and may be called
	// concurrently. It may be nil: Stats counts the results either way.
	OnUnstored func(ctx context.Context, why Unstored)

	// OnLoadError is called for each load that fails, on the goroutine of the load, before its callers have their answer.
	// Some loads have no callers that get the error: refreshes behind the callers, and loads whose callers return a stale
	// value. It may be called concurrently. It may be nil: Stats counts the failures either way.
	OnLoadError func(ctx context.Context, err error)

	// Tracer is called at the beginning and end of calls and loads. See tracing.Loads.
	Tracer Tracer
}

// name returns Name, or the default name.
func (o *Options) name() string {
	if o.Name == "" {
		return kind
	}
	return o.Name
}

// loadTimeout returns LoadTimeout, or the default.
func (o *Options) loadTimeout() time.Duration {
	if o.LoadTimeout == 0 {
		return 5 * time.Minute // longer than loads that somebody waits for, and short enough for a source that comes back
	}
	return o.LoadTimeout
}

// cooldown returns ErrorCooldown, or the default.
func (o *Options) cooldown() time.Duration {
	if o.ErrorCooldown == 0 && o.distinguishesAges() {
		return time.Second // so that a source that fails is not asked by each access, which has a value in any case
	}
	return o.ErrorCooldown
}

// distinguishesAges reports whether it matters to a Function with these options how old a value is.
func (o *Options) distinguishesAges() bool {
	return o.StaleFor > 0 || o.StaleIfError > 0 || o.RefreshAhead > 0 || o.RefreshBeta > 0
}

// kind is the kind of a Function in descriptions, and its name if Options have none.
const kind = "func"

// describe returns the description of a Function with these options.
func (o *Options) describe() ctxcache.Description {
	return ctxcache.Description{Kind: kind, Name: o.Name, Options: []ctxcache.Option{
		{Name: "ttl", Value: o.TTL},
		{Name: "jitter", Value: o.Jitter},
		{Name: "stale_for", Value: o.StaleFor},
		{Name: "stale_if_error", Value: o.StaleIfError},
		{Name: "soft_timeout", Value: o.SoftTimeout},
		{Name: "refresh_ahead", Value: o.RefreshAhead},
		{Name: "refresh_beta", Value: o.RefreshBeta},
		{Name: "error_cooldown", Value: o.ErrorCooldown},
		{Name: "not_found", Value: textOf(o.NotFound)},
		{Name: "not_found_ttl", Value: o.NotFoundTTL},
		{Name: "strict", Value: o.Strict},
		{Name: "max_loads", Value: o.MaxLoads},
		{Name: "max_queued", Value: o.MaxQueued},
		{Name: "max_batch", Value: o.MaxBatch},
		{Name: "coalesce_for", Value: o.CoalesceFor},
		{Name: "load_timeout", Value: o.loadTimeout()},
		{Name: "cancel_unwanted", Value: o.CancelUnwanted},
		{Name: "detach", Value: o.Detach},
		{Name: "once_per_cluster", Value: o.OncePerCluster},
	}}
}

// textOf returns the text of err, or "" for nil.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// jittered returns ttl shortened by Jitter, but not below 1 ms, the shortest life that caches report. The cache's
// default (0) and NoExpiry are returned as they are.
func (o *Options) jittered(ttl time.Duration) time.Duration {
	if o.Jitter == 0 || ttl <= 0 || ttl == ctxcache.NoExpiry {
		return ttl
	}
	return max(ttl-time.Duration(rand.Float64()*o.Jitter*float64(ttl)), min(ttl, time.Millisecond))
}
