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

// refusing is a codec of texts, as JSON. It cannot encode "NaN", as JSON cannot encode the number, and "bang" panics.
type refusing struct{}

func (refusing) Encode(value string) ([]byte, error) {
	switch value {
	case "NaN":
		return layers.JSON[any]{Lossy: true}.Encode(math.NaN())
	case "bang":
		return layers.JSON[any]{Lossy: true}.Encode(explosive{bang: true})
	}
	return layers.JSON[string]{}.Encode(value)
}

func (refusing) Decode(data []byte) (string, error) { return layers.JSON[string]{}.Decode(data) }

// encodingStacks are stacks that encode texts. Each function also returns the store, as a cache of bytes.
func encodingStacks(t *testing.T) map[string]func() (c ctxcache.Cache[string, string], store bytesCache) {
	secret, err := encrypted.NewSecret(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	codec := refusing{}
	return map[string]func() (ctxcache.Cache[string, string], bytesCache){
		"Encoded": func() (ctxcache.Cache[string, string], bytesCache) {
			store := newMemory[[]byte]()
			return layers.Encoded(store, codec, nil), store
		},
		"below other layers": func() (ctxcache.Cache[string, string], bytesCache) {
			store := newMemory[[]byte]()
			c := layers.Prefixed(layers.Encoded(layers.Prefixed(store, "p:"), codec, nil), "q:")
			c = layers.Cloned(layers.Expiring(layers.Stats(c, "stats"), layers.Expiry{Max: time.Hour}), func(value string) string { return value })
			return c, store
		},
		"over encryption": func() (ctxcache.Cache[string, string], bytesCache) {
			store := newMemory[[]byte]()
			return layers.Encoded(encrypted.New(store, secret, &encrypted.Options{Namespace: "test"}), codec, nil), store
		},
		"over Base85": func() (ctxcache.Cache[string, string], bytesCache) {
			store := layers.Base85(newMemory[string]())
			return layers.Encoded(store, codec, nil), store
		},
		"in Locked": func() (ctxcache.Cache[string, string], bytesCache) {
			store := newMemory[[]byte]()
			return layers.Locked(1, func() ctxcache.Cache[string, string] { return layers.Encoded(store, codec, nil) }), store
		},
	}
}

// TestRefusedValueLeavesNoOldOne checks that nobody reads the old value after a value that does not encode, in whatever
// stack, and that the store has nothing of the key.
func TestRefusedValueLeavesNoOldOne(t *testing.T) {
	for name, build := range encodingStacks(t) {
		for _, way := range writesOver[string]() {
			c, store := build()
			layertest.MustSet(t, c, "k", "1")
			err := way.Write(t.Context(), c, "k", ctxcache.NewEntry("NaN", time.Hour))
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
		layertest.MustSet(t, c, "k", "1")
		_, lease, err := ctxcache.GetLease(t.Context(), c, "k", ctxcache.NoExpiry)
		if err != nil || !lease.Granted() {
			t.Fatalf("%s: GetLease: %v, %v", name, lease, err)
		}
		if err := ctxcache.Fill(t.Context(), c, "k", lease, ctxcache.NewEntry("NaN", time.Hour)); !errors.Is(err, ctxcache.ErrValue) {
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
	counted := layers.Stats(layers.Encoded(newMemory[[]byte](), refusing{}, nil), "test")
	for _, way := range writesOver[string]() {
		if err := way.Write(t.Context(), counted, "k", ctxcache.NewEntry("NaN", time.Hour)); err == nil {
			t.Errorf("%s: no error", way.Name)
		}
	}
	wantCounts(t, "refused", counted, ctxcache.Stats{Errors: uint64(len(writesOver[string]()))})
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
	panics(t, func() { _, _ = layers.JSON[explosive]{}.Encode(explosive{bang: true}) })
	for _, way := range writesOver[string]() {
		store := newMemory[[]byte]()
		c := layers.Expiring(layers.Prefixed(layers.Encoded(store, refusing{}, nil), "p:"), layers.Expiry{Max: time.Hour})
		layertest.MustSet(t, c, "k", "good")
		panics(t, func() { _ = way.Write(t.Context(), c, "k", ctxcache.NewEntry("bang", time.Hour)) })
		layertest.WantKeys(t, store)
	}
}
