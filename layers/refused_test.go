package layers_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
)

// writesOver lists the ways to write a value over another one, without a lease.
func writesOver[V any]() (ways []layertest.WriteWay[V]) {
	for _, way := range layertest.SetWays[V]() {
		if !strings.HasPrefix(way.Name, "Fill") {
			ways = append(ways, way)
		}
	}
	return ways
}

// encodingStacks are stacks that encode numbers. Each function also returns the store, as a cache of bytes.
func encodingStacks(t *testing.T) map[string]func() (c ctxcache.Cache[string, float64], store bytesCache) {
	secret, err := encrypted.NewSecret(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	json := layers.JSON[float64]{}
	return map[string]func() (ctxcache.Cache[string, float64], bytesCache){
		"Encoded": func() (ctxcache.Cache[string, float64], bytesCache) {
			store := newMemory[[]byte]()
			return layers.Encoded(store, json, nil), store
		},
		"below other layers": func() (ctxcache.Cache[string, float64], bytesCache) {
			store := newMemory[[]byte]()
			c := layers.Prefixed(layers.Encoded(layers.Prefixed(store, "p:"), json, nil), "q:")
			c = layers.Cloned(layers.Expiring(layers.Stats(c, "stats"), layers.Expiry{Max: time.Hour}), func(f float64) float64 { return f })
			return c, store
		},
		"over encryption": func() (ctxcache.Cache[string, float64], bytesCache) {
			store := newMemory[[]byte]()
			return layers.Encoded(encrypted.New(store, secret, &encrypted.Options{Namespace: "test"}), json, nil), store
		},
		"over Base85": func() (ctxcache.Cache[string, float64], bytesCache) {
			store := layers.Base85(newMemory[string]())
			return layers.Encoded(store, json, nil), store
		},
		"in Locked": func() (ctxcache.Cache[string, float64], bytesCache) {
			store := newMemory[[]byte]()
			return layers.Locked(1, func() ctxcache.Cache[string, float64] { return layers.Encoded(store, json, nil) }), store
		},
	}
}

// TestRefusedValueLeavesNoOldOne checks that nobody reads the old value after a value that does not encode, in whatever
// stack, and that the store has nothing of the key.
func TestRefusedValueLeavesNoOldOne(t *testing.T) {
	for name, build := range encodingStacks(t) {
		for _, way := range writesOver[float64]() {
			c, store := build()
			layertest.MustSet(t, c, "k", 1)
			err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(math.NaN(), time.Hour))
			if !errors.Is(ctxcache.KeyError(err, "k"), ctxcache.ErrValue) {
				t.Errorf("%s, %s: %v, want ErrValue", name, way.Name, err)
			}
			if got, err := c.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
				t.Errorf("%s, %s: Get = %v, %v, want a miss", name, way.Name, got, err)
			}
			layertest.WantKeys(t, store)
		}
	}
}

// TestRefusedFillIsDropped checks that a Fill of a value that does not encode leaves the lease, with which the holder
// drops the old value.
func TestRefusedFillIsDropped(t *testing.T) {
	for name, build := range encodingStacks(t) {
		c, store := build()
		layertest.MustSet(t, c, "k", 1)
		_, lease, err := ctxcache.GetLease(t.Context(), c, "k", ctxcache.NoExpiry)
		if err != nil || !lease.Granted() {
			t.Fatalf("%s: GetLease: %v, %v", name, lease, err)
		}
		if err := ctxcache.Fill(t.Context(), c, "k", lease, ctxcache.NewEntry(math.NaN(), time.Hour)); !errors.Is(err, ctxcache.ErrValue) {
			t.Errorf("%s: Fill = %v, want ErrValue", name, err)
		}
		if err := ctxcache.Drop(t.Context(), c, "k", lease); err != nil {
			t.Errorf("%s: Drop = %v", name, err)
		}
		layertest.WantKeys(t, store)
	}
}

// TestRefusedValueIsCounted checks that Stats over the codec counts an error, and no write.
func TestRefusedValueIsCounted(t *testing.T) {
	counted := layers.Stats(layers.Encoded(newMemory[[]byte](), layers.JSON[float64]{}, nil), "test")
	for _, way := range writesOver[float64]() {
		if err := way.Write(t.Context(), counted, "k", ctxcache.NewEntry(math.NaN(), time.Hour)); err == nil {
			t.Errorf("%s: no error", way.Name)
		}
	}
	wantCounts(t, "refused", counted, ctxcache.Stats{Errors: uint64(len(writesOver[float64]()))})
}

// explosive is a value that panics when it is encoded.
type explosive struct{ bang bool }

func (e explosive) MarshalJSON() ([]byte, error) {
	if e.bang {
		panic(errPanic)
	}
	return []byte("{}"), nil
}

// TestValueThatPanicsLeavesNoOldOne checks the same for a value whose code panics, below other layers.
func TestValueThatPanicsLeavesNoOldOne(t *testing.T) {
	for _, way := range writesOver[explosive]() {
		store := newMemory[[]byte]()
		c := layers.Expiring(layers.Prefixed(layers.Encoded(store, layers.JSON[explosive]{}, nil), "p:"), layers.Expiry{Max: time.Hour})
		layertest.MustSet(t, c, "k", explosive{})
		panics(t, func() { _ = way.Write(t.Context(), c, "k", ctxcache.NewEntry(explosive{bang: true}, time.Hour)) })
		layertest.WantKeys(t, store)
	}
}
