package cached_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// spans is a Tracer that counts which calls and loads have not ended.
type spans struct {
	mu    sync.Mutex
	begun int
	open  map[int]string // by the number of the call or load
	twice []string       // ended more than once
}

func (s *spans) begin(name string) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun++
	id := s.begun
	s.open[id] = name
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, ok := s.open[id]; !ok {
			s.twice = append(s.twice, name)
		}
		delete(s.open, id)
	}
}

func (s *spans) Call(ctx context.Context, op ctxcache.Operation) (context.Context, func(string, context.Context, error)) {
	end := s.begin(string(op))
	return ctx, func(string, context.Context, error) { end() }
}

func (s *spans) Load(ctx context.Context) (context.Context, func(error)) {
	end := s.begin("load")
	return ctx, func(error) { end() }
}

// hostile does something terrible when its cache is asked for an operation.
type hostile struct {
	at  ctxcache.Operation
	how func()
}

func (h hostile) Before(ctx context.Context, call ctxcache.Call[string]) (context.Context, struct{}) {
	if call.Op == h.at {
		h.how()
	}
	return ctx, struct{}{}
}

func (hostile) After(context.Context, ctxcache.Call[string], struct{}, ctxcache.Outcome) {}

// traps is a cache with a hostile observer. If it is remote, the Function limits how long it waits for it.
type traps struct {
	ctxcache.Observed[string, string, struct{}]
	remote bool
}

func (c *traps) Timeouts() ctxcache.Timeouts {
	if c.remote {
		return ctxcache.Timeouts{Read: ctxcache.NoExpiry, Write: ctxcache.NoExpiry}
	}
	return ctxcache.Timeouts{}
}

// Whatever panics or ends its goroutine during a call or a load, the Tracer hears that each of them has ended, once.
func TestTracerHearsTheEndOfWhateverDoesNotReturn(t *testing.T) {
	ways := map[string]func(){"panic": func() { panic("broken") }, "Goexit": runtime.Goexit}
	operations := []ctxcache.Operation{
		ctxcache.OpGet, ctxcache.OpGetLease, ctxcache.OpFill, ctxcache.OpRelease, ctxcache.OpDrop, ctxcache.OpContains,
		ctxcache.OpRemove, ctxcache.OpSet, ctxcache.OpDelete, ctxcache.OpDeleteMany, ctxcache.OpClear,
	}
	places := []string{"loader", "SetTTL 0, OnUnstored", "cache fails, OnCacheError", "clone", "encode", "decode", "key"}
	for _, op := range operations {
		places = append(places, string(op))
	}
	for way, how := range ways {
		for _, place := range places {
			for _, remote := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s in %s, remote %v", way, place, remote), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { everySpanEnds(t, place, how, remote) })
				})
			}
		}
	}
}

func everySpanEnds(t *testing.T, place string, how func(), remote bool) {
	at := func(here string) {
		if place == here {
			how()
		}
	}
	tracer := &spans{open: make(map[int]string)}
	opts := &cached.Options{
		Tracer:       tracer,
		OnUnstored:   func(context.Context, cached.Unstored) { at("SetTTL 0, OnUnstored") },
		OnCacheError: func(context.Context, error) { at("cache fails, OnCacheError") },
	}
	var inner ctxcache.Cache[string, string] = newMemory()
	if place == "cache fails, OnCacheError" {
		inner = newFlaky(errors.New("cache down"))
	}
	observed := ctxcache.NewObserved(inner, ctxcache.Description{Kind: "traps"}, hostile{ctxcache.Operation(place), how})
	var cache ctxcache.Cache[string, string] = &traps{observed, remote}
	switch place {
	case "clone":
		cache = layers.Cloned(cache, func(value string) string { at("clone"); return value })
	case "encode", "decode":
		id := func(_, value string) (string, error) { return value, nil }
		cache = &sealed{ctxcache.NewMapped(cache, ctxcache.Hooks[string, string, string, string]{
			Key:    func(key string) (string, error) { return key, nil },
			Unkey:  func(key string) (string, bool) { return key, true },
			Encode: func(k, value string) (string, error) { at("encode"); return id(k, value) },
			Decode: func(k, value string) (string, error) { at("decode"); return id(k, value) },
		})}
	}
	key := func(_ context.Context, args string) (string, error) { at("key"); return args, nil }
	failing := errors.New("source down")
	f := cached.KeyedFunc(cache, key, func(ctx context.Context, args string) (string, error) {
		at("loader")
		if place == "SetTTL 0, OnUnstored" {
			cached.LoadOf[string](ctx).SetTTL(0)
		}
		if args == "failing" {
			return "", failing
		}
		return "v", nil
	}, opts)
	if place == "decode" {
		if err := inner.Set(t.Context(), "k", "v", 0); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for _, call := range []func(ctx context.Context, args string){
		func(ctx context.Context, args string) { _, _ = f.Get(ctx, args) },
		func(ctx context.Context, args string) { _, _ = f.Get(ctx, args) },
		func(ctx context.Context, args string) { _, _ = f.Refresh(ctx, args) },
		func(ctx context.Context, args string) { _, _ = f.Contains(ctx, args) },
		func(ctx context.Context, args string) { _ = f.Set(ctx, args, "set") },
		func(ctx context.Context, args string) { _, _ = f.Delete(ctx, args) },
		func(ctx context.Context, args string) { _ = f.DeleteMany(ctx, []string{args}) },
		func(ctx context.Context, _ string) { _ = f.Clear(ctx) },
	} {
		for _, args := range []string{"k", "failing"} {
			wg.Go(func() {
				defer func() { _ = recover() }() // the call may panic
				call(t.Context(), args)
			})
			synctest.Wait()
		}
	}
	wg.Wait()
	time.Sleep(time.Minute) // in the bubble: what goes on behind callers ends
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	if len(tracer.open) > 0 || len(tracer.twice) > 0 || tracer.begun == 0 && place != "key" {
		t.Errorf("of %d, %v never ended, and %v ended twice", tracer.begun, tracer.open, tracer.twice)
	}
}
