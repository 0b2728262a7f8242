package ctxcache

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"time"
)

// Observed is the base of layers that watch: it hands every operation to one [Observer], before and after, and
// forgets no way to read or to write. A layer embeds it. See [NewObserved], and [NewIntercepted] for layers that may
// also answer a call themselves. The methods that describe the cache (Supports, Describe, StoredKey) return the inner
// cache's answers, and are not observed.
//
// A layer that overrides GetEntries overrides GetMany and GetValues, too: see [ManyGetter].
//
// S is the state of a call that the observer keeps from its beginning to its end, such as a start time or a span. It is
// a type parameter so that it costs no allocation.
type Observed[K comparable, V any, S any] struct {
	inner       Forward[K, V]
	interceptor Interceptor[K, S]
	watches     bool // the interceptor changes no answer
}

// Observer is called for every operation. It cannot change an answer. Its methods are called concurrently.
type Observer[K comparable, S any] interface {
	// Before is called when an operation begins. The inner cache is asked with the context it returns.
	Before(ctx context.Context, call Call[K]) (context.Context, S)

	// After is called when the operation has ended, with the context and the state that Before returned. It is called
	// even if the inner cache panics: the error of outcome is then [ErrUnreturned]. If After panics itself, a lease that
	// was granted is released.
	After(ctx context.Context, call Call[K], state S, outcome Outcome)
}

// Interceptor is an [Observer] that may refuse a call before the inner cache is asked, or replace the error of a call.
type Interceptor[K comparable, S any] interface {
	// Before is called when an operation begins. If it returns an error, the call returns that error. The inner cache is
	// then not asked, and After is not called.
	Before(ctx context.Context, call Call[K]) (context.Context, S, error)

	// After returns the error that the caller gets. To change nothing, it returns outcome.Err. If its error does not wrap
	// outcome.Err, the caller gets no results, and a lease among them is released. After must not return nil for a read
	// that failed.
	After(ctx context.Context, call Call[K], state S, outcome Outcome) error
}

// Call is one call of an operation.
type Call[K comparable] struct {
	Op  Operation
	Key K             // the key, of an operation on one key
	TTL time.Duration // of a set, set_entry or fill

	list []K
	set  keySet[K] // the keys, if the call has a map
}

// Keys yields the keys of an operation on many keys, as the caller gave them. It yields nothing for an operation on one
// key, or on the whole cache.
func (c Call[K]) Keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		for _, key := range c.list {
			if !yield(key) {
				return
			}
		}
		if c.set != nil {
			c.set.keys(yield)
		}
	}
}

// Len returns how many keys Keys yields.
func (c Call[K]) Len() int {
	if c.set != nil {
		return c.set.len()
	}
	return len(c.list)
}

// keySet is a map that has the keys of a call as its keys. The conversion of a map to a keySet does not allocate.
type keySet[K comparable] interface {
	keys(yield func(K) bool)
	len() int
}

type entryKeys[K comparable, V any] map[K]Entry[V]

func (s entryKeys[K, V]) len() int { return len(s) }
func (s entryKeys[K, V]) keys(yield func(K) bool) {
	for key := range s {
		if !yield(key) {
			return
		}
	}
}

type leaseKeys[K comparable] map[K]Lease

func (s leaseKeys[K]) len() int { return len(s) }
func (s leaseKeys[K]) keys(yield func(K) bool) {
	for key := range s {
		if !yield(key) {
			return
		}
	}
}

// Outcome is how an operation ended.
type Outcome struct {
	Err error // what the caller gets: nil, ErrMiss, a failure, ...

	Was       bool // contains: the key has a value; remove: it had one
	Values    int  // get_entries, get_leases: keys found with a value; len: values there; keys: keys yielded
	Negatives int  // get_entries, get_leases: keys found with a negative entry
	Granted   int  // get_lease, get_leases: leases granted
}

// ErrUnreturned is the error of an [Outcome] whose operation did not return: it panicked, or ended its goroutine.
var ErrUnreturned = Discreet("the call did not return", nil)

// NewObserved returns an Observed over inner. About describes the layer; inner is added as its child. It panics if
// inner or observer is nil.
func NewObserved[K comparable, V any, S any](inner Cache[K, V], about Description, observer Observer[K, S]) Observed[K, V, S] {
	if observer == nil {
		panic("ctxcache: NewObserved with a nil observer")
	}
	observed := NewIntercepted(inner, about, Interceptor[K, S](observing[K, S]{observer}))
	observed.watches = true
	return observed
}

// NewIntercepted returns an Observed over inner whose interceptor may answer calls itself. About says what the layer is;
// inner is added as its child. It panics if inner or interceptor is nil.
func NewIntercepted[K comparable, V any, S any](
	inner Cache[K, V], about Description, interceptor Interceptor[K, S],
) Observed[K, V, S] {
	if interceptor == nil {
		panic("ctxcache: NewIntercepted with a nil interceptor")
	}
	return Observed[K, V, S]{inner: NewForward(inner, about), interceptor: interceptor}
}

// observing is an Interceptor that changes nothing.
type observing[K comparable, S any] struct{ observer Observer[K, S] }

func (o observing[K, S]) Before(ctx context.Context, call Call[K]) (context.Context, S, error) {
	ctx, state := o.observer.Before(ctx, call)
	return ctx, state, nil
}

func (o observing[K, S]) After(ctx context.Context, call Call[K], state S, outcome Outcome) error {
	o.observer.After(ctx, call, state, outcome)
	return outcome.Err
}

// replaced reports whether after, which an interceptor returned, is another answer than before: it does not wrap before.
// An error that Go cannot compare is recognized by its type.
func replaced(before, after error) bool {
	if before == nil {
		return after != nil
	}
	if v := reflect.ValueOf(before); !v.Comparable() {
		return !errors.As(after, reflect.New(v.Type()).Interface())
	}
	return !errors.Is(after, before)
}

// Supports returns the inner cache's capabilities.
func (o *Observed[K, V, S]) Supports() Cap { return o.inner.Supports() }

// Describe returns the layer's description, with the inner cache as its child.
func (o *Observed[K, V, S]) Describe() Description { return o.inner.Describe() }

// StoredKey returns the inner cache's form of key, see [StoredKey].
func (o *Observed[K, V, S]) StoredKey(key K) any { return o.inner.StoredKey(key) }

// Partition returns the inner cache's partition of key, see [PartitionOf].
func (o *Observed[K, V, S]) Partition(key K) int { return o.inner.Partition(key) }

// Timeouts returns the inner cache's limits, see [TimeoutsOf].
func (o *Observed[K, V, S]) Timeouts() Timeouts { return o.inner.Timeouts() }

// CloneFunc returns the function by which the inner cache copies values, see [CloneFunc].
func (o *Observed[K, V, S]) CloneFunc() func(V) V { return o.inner.CloneFunc() }
