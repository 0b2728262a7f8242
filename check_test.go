package cached_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// distant is a cache that asks servers.
type distant struct {
	ctxcache.Forward[string, string]
	without ctxcache.Cap
}

func newDistant(without ctxcache.Cap) *distant {
	inner := memory.New(&memory.Options[string, string]{MaxEntries: 10})
	return &distant{ctxcache.NewForward(inner, ctxcache.Description{Kind: "distant"}), without}
}

func (d *distant) Supports() ctxcache.Cap { return d.Forward.Supports() &^ d.without }

func (d *distant) Timeouts() ctxcache.Timeouts {
	return ctxcache.Timeouts{Read: time.Second, Write: time.Second}
}

func TestCheck(t *testing.T) {
	load := func(context.Context, string) (string, error) { return "", nil }
	here := memory.New(&memory.Options[string, string]{MaxEntries: 10})
	nearSecond := &twolevel.Options{NearTTL: time.Second}
	for name, c := range map[string]struct {
		cache   ctxcache.Cache[string, string]
		options *cached.Options
		want    []string
	}{
		"as it should be": {newDistant(0), &cached.Options{TTL: time.Minute, Jitter: 0.1}, nil},
		"the default TTL": {newDistant(0), nil, nil},
		"no end":          {newDistant(0), &cached.Options{TTL: ctxcache.NoExpiry}, nil},
		"without jitter":  {newDistant(0), &cached.Options{TTL: time.Minute}, []string{"no_jitter"}},
		"jitter in a layer": {
			layers.Prefixed(layers.Expiring(newDistant(0), layers.Expiry{Jitter: 0.1}), "p:"), &cached.Options{TTL: time.Minute}, nil,
		},
		"jitter in a layer of far": {
			twolevel.New[string, string](here, layers.Expiring(newDistant(0), layers.Expiry{Jitter: 0.1}), nearSecond),
			&cached.Options{TTL: time.Minute}, nil,
		},
		"jitter in a layer of near": {
			twolevel.New[string, string](layers.Expiring(here, layers.Expiry{Jitter: 0.1}), newDistant(0), nearSecond),
			&cached.Options{TTL: time.Minute},
			[]string{"no_jitter"},
		},
		"a layer without jitter": {
			layers.Expiring(newDistant(0), layers.Expiry{Max: time.Hour}), &cached.Options{TTL: time.Minute}, []string{"no_jitter"},
		},
		"one process only": {here, &cached.Options{TTL: time.Minute}, nil},
		"without leases":   {newDistant(ctxcache.CapLease), nil, []string{"no_leases"}},
		"nothing to batch": {here, &cached.Options{TTL: time.Minute, MaxBatch: 10}, []string{"no_bulk"}},
		"invalid":          {here, &cached.Options{TTL: -1}, []string{"invalid_options"}},
	} {
		byKey := cached.Func(c.cache, load, c.options)
		key := func(_ context.Context, args string) (string, error) { return args, nil }
		for _, node := range []ctxcache.Node{byKey, cached.KeyedFunc(c.cache, key, load, c.options)} {
			warnings, err := ctxcache.Check(t.Context(), node)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			var codes []string
			for _, w := range warnings {
				codes = append(codes, w.Code)
			}
			if !slices.Equal(codes, c.want) {
				t.Errorf("%s: the warnings are %v, want %v", name, warnings, c.want)
			}
		}
	}
}
