package layers_test

import (
	"context"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
)

// valueStore is a store that reads values faster than entries. It counts the calls that arrive.
type valueStore struct {
	ctxcache.Forward[string, []byte]
	entries, values int
}

func newValueStore() *valueStore {
	return &valueStore{Forward: ctxcache.NewForward(newMemory[[]byte](), ctxcache.Description{Kind: "store"})}
}

func (s *valueStore) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[[]byte], error) {
	s.entries++
	return s.Forward.GetEntries(ctx, keys)
}

func (s *valueStore) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	values, _, err := s.GetValues(ctx, keys)
	return values, err
}

func (s *valueStore) GetValues(ctx context.Context, keys []string) (map[string][]byte, []string, error) {
	s.values++
	entries, err := s.Forward.GetEntries(ctx, keys)
	values := make(map[string][]byte)
	var negative []string
	for key, e := range entries {
		if e.Absent {
			negative = append(negative, key)
		} else {
			values[key] = e.Value
		}
	}
	return values, negative, err
}

// valueStacks are stacks over a store of bytes.
func valueStacks(t *testing.T) map[string]func(ctxcache.Cache[string, []byte]) ctxcache.Cache[string, string] {
	t.Helper()
	type store = ctxcache.Cache[string, []byte]
	type stack = ctxcache.Cache[string, string]
	secret, err := encrypted.NewSecret(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	json := layers.JSON[string]{}
	seal := func(c store) store { return encrypted.New(c, secret, &encrypted.Options{Namespace: "test"}) }
	clone := func(value string) string { return value }
	same := func(key string) (string, error) { return key, nil }
	logger, _ := debugLog(slog.LevelDebug)
	return map[string]func(store) stack{
		"encoded":            func(c store) stack { return layers.Encoded(c, json, nil) },
		"envelope":           func(c store) stack { return enveloped[string](c) },
		"prefixed":           func(c store) stack { return layers.Encoded(layers.Prefixed(c, "p:"), json, nil) },
		"keyed":              func(c store) stack { return layers.Encoded(layers.Keyed(c, same, nil), json, nil) },
		"expiring":           func(c store) stack { return layers.Expiring(enveloped[string](c), layers.Expiry{Max: time.Hour}) },
		"cloned":             func(c store) stack { return layers.Cloned(enveloped[string](c), clone) },
		"stats":              func(c store) stack { return layers.Stats(enveloped[string](layers.Stats(c, "low")), "high") },
		"debug":              func(c store) stack { return layers.Debug(enveloped[string](c), "test", logger, nil) },
		"encrypted":          func(c store) stack { return layers.Encoded(seal(c), json, nil) },
		"encrypted envelope": func(c store) stack { return enveloped[string](seal(layers.Prefixed(c, "p:"))) },
		"all of them": func(c store) stack {
			c = layers.Stats(seal(layers.Stats(layers.Prefixed(c, "p:"), "low")), "middle")
			return layers.Cloned(layers.Stats(layers.Expiring(enveloped[string](c), layers.Expiry{Max: time.Hour}), "high"), clone)
		},
	}
}

// TestGetManyReadsValuesThroughEveryLayer checks that a GetMany reaches a store that reads values faster, finds what
// GetEntries finds, and is counted alike by all layers.
func TestGetManyReadsValuesThroughEveryLayer(t *testing.T) {
	negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	keys := []string{"ada", "bob", "gone", "absent", "damaged", "ada"}
	for name, build := range valueStacks(t) {
		var counted [2]string
		for way, read := range []func(c ctxcache.Cache[string, string]) (map[string]string, error){
			func(c ctxcache.Cache[string, string]) (map[string]string, error) {
				entries, err := ctxcache.GetEntries(t.Context(), c, keys)
				values := make(map[string]string)
				for key, e := range entries {
					if !e.Absent {
						values[key] = e.Value
					}
				}
				return values, err
			},
			func(c ctxcache.Cache[string, string]) (map[string]string, error) {
				return ctxcache.GetMany(t.Context(), c, keys)
			},
		} {
			store := newValueStore()
			c := build(store)
			layertest.MustSet(t, c, "damaged", "Eve")
			for stored, err := range ctxcache.Keys(t.Context(), store) {
				if err != nil {
					t.Fatal(err)
				}
				layertest.MustSet(t, store, stored, []byte("{"))
			}
			layertest.MustSet(t, c, "ada", "Ada")
			layertest.MustSet(t, c, "bob", "Bob")
			if err := ctxcache.SetEntry(t.Context(), c, "gone", negative); err != nil {
				t.Fatal(err)
			}
			got, err := read(c)
			if want := map[string]string{"ada": "Ada", "bob": "Bob"}; !maps.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
			if store.values != way || store.entries != 1-way {
				t.Errorf("%s, way %d: %d reads of values and %d of entries", name, way, store.values, store.entries)
			}
			failure := "none"
			if err = ctxcache.KeyError(err, "damaged"); err != nil {
				failure = err.Error()
			}
			stats, _ := ctxcache.GetStats(t.Context(), c) // without counters there is an error
			counted[way] = failure + "\n" + stats.String()
		}
		if counted[0] != counted[1] {
			t.Errorf("%s: GetEntries counts\n%s\nand GetMany\n%s", name, counted[0], counted[1])
		}
	}
}

// TestGetManyReadsNoValueWhoseEnvelopeHasExpired checks that only the clock ends another release's value, by GetMany as
// by GetEntries, and that both count it.
func TestGetManyReadsNoValueWhoseEnvelopeHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newValueStore()
		before, after := enveloped[string](store), enveloped[int](store)
		if err := before.Set(t.Context(), "k", "Ada", time.Minute); err != nil {
			t.Fatal(err)
		}
		fill(t, after, 0, ctxcache.NewEntry(36, time.Hour)) // keeps the other value
		for _, want := range []int{1, 0} {
			values, err := ctxcache.GetMany(t.Context(), before, []string{"k"})
			entries, entriesErr := ctxcache.GetEntries(t.Context(), before, []string{"k"})
			if len(values) != want || len(entries) != want || err != nil || entriesErr != nil {
				t.Errorf("GetMany finds %v, %v, and GetEntries %v, %v; want %d", values, err, entries, entriesErr, want)
			}
			if values, err := ctxcache.GetMany(t.Context(), after, []string{"k"}); len(values) != 1 || err != nil {
				t.Errorf("the newer release finds %v, %v", values, err)
			}
			time.Sleep(time.Minute)
		}
		if store.values != 4 {
			t.Errorf("%d reads of values, want 4", store.values)
		}
	})
}

// TestGetManyCountsValuesOfAnotherShape checks that a value of another release is a miss, and is counted.
func TestGetManyCountsValuesOfAnotherShape(t *testing.T) {
	store := newValueStore()
	layertest.MustSet(t, enveloped[string](store), "k", "Ada")
	c := enveloped[int](store)
	if values, err := ctxcache.GetMany(t.Context(), c, []string{"k"}); len(values) > 0 || err != nil || store.values != 1 {
		t.Errorf("GetMany: %v, %v", values, err)
	}
	wantCounts(t, "another shape", c, ctxcache.Stats{OtherShape: 1})
}

// TestGetManyIsLoggedAsGetEntries checks that Debug logs one call, with the number of values found.
func TestGetManyIsLoggedAsGetEntries(t *testing.T) {
	logger, take := debugLog(slog.LevelDebug)
	c := layers.Debug[string, []byte](newValueStore(), "test", logger, nil)
	layertest.MustSet(t, c, "k", []byte("v"))
	take()
	if _, err := ctxcache.GetMany(t.Context(), c, []string{"k", "absent"}); err != nil {
		t.Fatal(err)
	}
	if got := take(); !strings.HasPrefix(got, "op=get_entries result=ok keys=2 found=1") || strings.Count(got, "\n") > 0 {
		t.Errorf("logged %q", got)
	}
}
