package ctxcache

import "context"

// ManyGetter is a [ManyCache] that reads values faster than entries, because it does not look up how long they live. It
// has no bit in [Cap], because [GetMany] does the same without it, only slower.
//
// A layer on [Observed] or [Mapped] is a ManyGetter, and uses the inner cache's method. A layer on [Forward] is not. A
// type that embeds a ManyGetter and overrides GetEntries must override GetMany, too, and GetValues if it has that.
// Otherwise these two bypass it. The conformance suite finds such a type.
type ManyGetter[K comparable, V any] interface {
	// GetMany returns the values that GetEntries would return, and the same errors. Negative entries are left out. The map
	// is the caller's, who may change it.
	GetMany(ctx context.Context, keys []K) (map[K]V, error)
}

// ValuesGetter is a [ManyGetter] that also reports negative entries. Some layers must know these: Observed counts them, and
// a Mapped with EncodeNegative takes them for damage. Such a layer reads entries if the inner cache is not a ValuesGetter.
type ValuesGetter[K comparable, V any] interface {
	ManyGetter[K, V]

	// GetValues is GetMany that also returns the keys that have negative entries, each once and in any order.
	GetValues(ctx context.Context, keys []K) (values map[K]V, negative []K, err error)
}

// GetMany returns the values that c has for keys. Absent keys, and keys with a negative entry, are not in the map. A
// [*ManyError] names the keys that failed. The map is never nil. GetMany is faster than [GetEntries] if the store is a
// [ManyGetter], and otherwise the same.
func GetMany[K comparable, V any](ctx context.Context, c Cache[K, V], keys []K) (map[K]V, error) {
	able := as[ManyGetter[K, V]](c, CapMany)
	if able == nil {
		entries, err := GetEntries(ctx, c, keys)
		values, _ := valuesOf(entries)
		return values, err
	}
	values, err := able.GetMany(ctx, keys)
	if values == nil {
		values = make(map[K]V)
	}
	return values, err
}

// getMany is [GetMany] of the inner cache. It is not exported, so that layers on Forward have no GetMany: see Forward.
func (f *Forward[K, V]) getMany(ctx context.Context, keys []K) (map[K]V, error) {
	if f.getter != nil {
		return f.getter.GetMany(ctx, keys)
	}
	values, _, err := f.splitEntries(ctx, keys)
	return values, err
}

// getValues is getMany that also returns the keys with negative entries. It cannot use a GetMany that leaves them out.
func (f *Forward[K, V]) getValues(ctx context.Context, keys []K) (values map[K]V, negative []K, err error) {
	if f.valuesGetter != nil {
		return f.valuesGetter.GetValues(ctx, keys)
	}
	return f.splitEntries(ctx, keys)
}

func (f *Forward[K, V]) splitEntries(ctx context.Context, keys []K) (values map[K]V, negative []K, err error) {
	entries, err := f.GetEntries(ctx, keys)
	values, negative = valuesOf(entries)
	return values, negative, err
}

// valuesOf returns the values among entries, and the keys of the negative ones.
func valuesOf[K comparable, V any](entries map[K]Entry[V]) (values map[K]V, negative []K) {
	values = make(map[K]V, len(entries))
	for key, e := range entries {
		if e.Absent {
			negative = append(negative, key)
		} else {
			values[key] = e.Value
		}
	}
	return values, negative
}

// GetMany passes the call to the inner cache, and reports it to the observer, as an OpGetEntries.
func (o *Observed[K, V, S]) GetMany(ctx context.Context, keys []K) (map[K]V, error) {
	values, _, err := o.GetValues(ctx, keys) // because the outcome has the number of negative entries
	return values, err
}

// GetValues passes the call to the inner cache, and reports it to the observer, as an OpGetEntries.
func (o *Observed[K, V, S]) GetValues(ctx context.Context, keys []K) (values map[K]V, negative []K, err error) {
	values, stands, err := observe(ctx, o, Call[K]{Op: OpGetEntries, list: keys}, func(ctx context.Context) (map[K]V, Outcome) {
		var values map[K]V
		var err error
		values, negative, err = o.inner.getValues(ctx, keys)
		return values, Outcome{Err: err, Values: len(values), Negatives: len(negative)}
	})
	if !stands {
		negative = nil
	}
	return values, negative, err
}
