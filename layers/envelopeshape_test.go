package layers_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
)

// TestEnvelopeDamage checks that damage is ErrCorrupt, and heals.
func TestEnvelopeDamage(t *testing.T) {
	store := newMemory[[]byte]()
	c := enveloped[string](store)
	layertest.MustSet(t, c, "k", "Ada")
	good, err := store.Get(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"cut":            good[:len(good)-1],
		"cut header":     good[:10],
		"longer":         append(bytes.Clone(good), 0),
		"damaged value":  append(bytes.Clone(good[:len(good)-1]), '!'),
		"too many parts": append([]byte{good[0], good[1], 3}, good[3:]...),
	} {
		layertest.MustSet(t, store, "k", damaged)
		for _, way := range layertest.ReadWays[string]() {
			if _, err := way.Read(t.Context(), c, "k"); !errors.Is(err, ctxcache.ErrCorrupt) {
				t.Errorf("%s: %s = %v, want ErrCorrupt", name, way.Name, err)
			} else if text := ctxcache.DiscreetText(err); strings.Contains(text, "errorString") {
				t.Errorf("%s: %s: logs show %q, want the cause", name, way.Name, text)
			}
		}
		_, lease, err := ctxcache.GetLease(t.Context(), c, "k", 0)
		if !errors.Is(err, ctxcache.ErrCorrupt) || !lease.Granted() {
			t.Errorf("%s: GetLease: %v, %v", name, lease, err)
		}
		if err := ctxcache.Fill(t.Context(), c, "k", lease, ctxcache.NewEntry("Ada", 0)); err != nil {
			t.Errorf("%s: Fill = %v", name, err)
		}
		layertest.WantValue(t, c, "k", "Ada")
	}
}

// TestEnvelopeShape checks which types share a shape.
func TestEnvelopeShape(t *testing.T) {
	type (
		part  struct{ Name string }
		other struct{ FullName string }
		base  struct {
			Name  string
			Sizes [2]int
			Parts map[string]part
		}
		renamedType base
		member      struct {
			Name string
			Next *member
		}
		node struct {
			Name string
			Next *node
		}
	)
	if !sharesShape[base, renamedType](t) || !sharesShape[member, node](t) {
		t.Error("the name of a type counts")
	}
	for name, shares := range map[string]bool{
		"renamed": sharesShape[base, struct {
			FullName string
			Sizes    [2]int
			Parts    map[string]part
		}](t),
		"retyped": sharesShape[base, struct {
			Name  []byte
			Sizes [2]int
			Parts map[string]part
		}](t),
		"retagged": sharesShape[base, struct {
			Name  string `json:"name"`
			Sizes [2]int
			Parts map[string]part
		}](t),
		"added": sharesShape[base, struct {
			Name, Title string
			Sizes       [2]int
			Parts       map[string]part
		}](t),
		"a pointer": sharesShape[base, *base](t),
		"deeper": sharesShape[base, struct {
			Name  string
			Sizes [2]int
			Parts map[string]other
		}](t),
		"another number": sharesShape[base, struct {
			Name  string
			Sizes [3]int
			Parts map[string]part
		}](t),
		"a text itself": sharesShape[base, struct {
			Name  time.Time
			Sizes [2]int
			Parts map[string]part
		}](t),
	} {
		if shares {
			t.Errorf("%s: it has the same shape", name)
		}
	}
}

// sharesShape reports whether a pointer to an A is not a miss for pointers to B. Caches of pointers share their compiled
// code, whatever they point to.
func sharesShape[A, B any](t *testing.T) bool {
	store := newMemory[[]byte]()
	layertest.MustSet(t, enveloped[*A](store), "k", nil)
	_, err := enveloped[*B](store).Get(t.Context(), "k")
	return err != ctxcache.ErrMiss
}

// FuzzEnvelope checks that hostile bytes are a miss, damage, or a value, and nothing else.
func FuzzEnvelope(f *testing.F) {
	store, before, after := releases()
	if err := before.Set(f.Context(), "k", "Ada", time.Hour); err != nil {
		f.Fatal(err)
	}
	_, lease, _ := ctxcache.GetLease(f.Context(), after, "k", 0)
	if err := ctxcache.Fill(f.Context(), after, "k", lease, ctxcache.NewEntry(36, time.Hour)); err != nil {
		f.Fatal(err)
	}
	seed, err := store.Get(f.Context(), "k")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:40])
	f.Add([]byte(`"Ada"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := store.Set(t.Context(), "k", data, time.Hour); err != nil {
			t.Fatal(err)
		}
		if e, err := ctxcache.GetEntry(t.Context(), before, "k"); err != nil && err != ctxcache.ErrMiss && !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Fatalf("%q is %+v, %v", data, e, err)
		} else if err == nil && e.TTL < time.Millisecond {
			t.Fatalf("%q lives for %v", data, e.TTL)
		}
		_, lease, err := ctxcache.GetLease(t.Context(), after, "k", 0)
		if err == nil {
			return
		}
		if err := ctxcache.Fill(t.Context(), after, "k", lease, ctxcache.NewEntry(53, time.Hour)); err != nil {
			t.Fatalf("%q cannot be replaced: %v", data, err)
		}
		if got, err := after.Get(t.Context(), "k"); got != 53 || err != nil {
			t.Fatalf("%q was replaced, and reads as %v, %v", data, got, err)
		}
	})
}
