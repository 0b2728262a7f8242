package ctxcache_test

import (
	"context"
	"errors"
	"expvar"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Metered returns inner with metrics of its operations in published: how many there were by operation and result, and
// how long all of them took together. This is a whole layer of one's own: none of its lines is about a single operation.
func Metered[K comparable, V any](inner ctxcache.Cache[K, V], name string, published *expvar.Map) ctxcache.Cache[K, V] {
	about := ctxcache.Description{Kind: "metered", Name: name}
	observer := ctxcache.Observer[K, time.Time](metrics[K]{published})
	return &metered[K, V]{ctxcache.NewObserved(inner, about, observer)}
}

type metered[K comparable, V any] struct {
	ctxcache.Observed[K, V, time.Time]
}

// metrics is the observer. The state of a call is when it began.
type metrics[K comparable] struct{ published *expvar.Map }

func (m metrics[K]) Before(ctx context.Context, _ ctxcache.Call[K]) (context.Context, time.Time) {
	return ctx, time.Now()
}

func (m metrics[K]) After(_ context.Context, call ctxcache.Call[K], began time.Time, outcome ctxcache.Outcome) {
	m.published.Add(string(call.Op)+" "+result(outcome), 1)
	m.published.AddFloat("seconds", time.Since(began).Seconds())
	m.published.Add("values", int64(outcome.Values))
}

func result(outcome ctxcache.Outcome) string {
	switch outcome.Err {
	case nil:
		return "ok"
	case ctxcache.ErrMiss:
		return "miss"
	case ctxcache.ErrNotFound:
		return "negative"
	case ctxcache.ErrLeaseLost:
		return "lost"
	case errors.ErrUnsupported:
		return "unsupported"
	default:
		return "error"
	}
}

// A metrics layer of one's own, on the base for layers that watch.
func ExampleNewObserved() {
	ctx, published := context.Background(), new(expvar.Map)
	users := Metered[string, string](memory.New[string, string](nil), "users", published)

	_, err := users.Get(ctx, "ada")
	fmt.Println(err)
	if err := users.Set(ctx, "ada", "Ada Lovelace", time.Minute); err != nil {
		fmt.Println(err)
	}
	names, err := ctxcache.GetMany(ctx, users, []string{"ada", "bob"})
	fmt.Println(names, err)

	published.Delete("seconds")
	fmt.Println(published)
	// Output:
	// cache miss
	// map[ada:Ada Lovelace] <nil>
	// {"get miss": 1, "get_entries ok": 1, "set ok": 1, "values": 1}
}
