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
	c := enveloped[oldMember](store)
	layertest.MustSet(t, c, "k", oldMember{"Ada"})
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
		for _, way := range layertest.ReadWays[oldMember]() {
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
		if err := ctxcache.Fill(t.Context(), c, "k", lease, ctxcache.NewEntry(oldMember{"Ada"}, 0)); err != nil {
			t.Errorf("%s: Fill = %v", name, err)
		}
		layertest.WantValue(t, c, "k", oldMember{"Ada"})
	}
}

// TestEnvelopeShape checks which types share a shape.
func TestEnvelopeShape(t *testing.T) {
	type renamedType struct{ Name string }
	type member struct {
		Name string
		Next *member
	}
	type node struct {
		Name string
		Next *node
	}
	if !sharesShape[oldMember, renamedType](t) || !sharesShape[member, node](t) {
		t.Error("the name of a type counts")
	}
	for name, shares := range map[string]bool{
		"renamed": sharesShape[oldMember, newMember](t),
		"retyped": sharesShape[oldMember, struct{ Name []byte }](t),
		"retagged": sharesShape[oldMember, struct {
			Name string `json:"name"`
		}](t),
		"added":          sharesShape[oldMember, struct{ Name, Title string }](t),
		"a pointer":      sharesShape[oldMember, *oldMember](t),
		"deeper":         sharesShape[map[string]oldMember, map[string]newMember](t),
		"another number": sharesShape[[2]int, [3]int](t),
		"a text itself":  sharesShape[struct{ At string }, struct{ At time.Time }](t),
	} {
		if shares {
			t.Errorf("%s: it has the same shape", name)
		}
	}
}

// sharesShape reports whether a value of A is not a miss for B.
func sharesShape[A, B any](t *testing.T) bool {
	store := newMemory[[]byte]()
	var a A
	layertest.MustSet(t, enveloped[A](store), "k", a)
	_, err := enveloped[B](store).Get(t.Context(), "k")
	return err != ctxcache.ErrMiss
}

// FuzzEnvelope checks that hostile bytes are a miss, damage, or a value, and nothing else.
func FuzzEnvelope(f *testing.F) {
	store, before, after := releases()
	if err := before.Set(f.Context(), "k", oldMember{"Ada"}, time.Hour); err != nil {
		f.Fatal(err)
	}
	_, lease, _ := ctxcache.GetLease(f.Context(), after, "k", 0)
	if err := ctxcache.Fill(f.Context(), after, "k", lease, ctxcache.NewEntry(newMember{"Ada"}, time.Hour)); err != nil {
		f.Fatal(err)
	}
	seed, err := store.Get(f.Context(), "k")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:40])
	f.Add([]byte(`{"Name":"Ada"}`))
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
		if err := ctxcache.Fill(t.Context(), after, "k", lease, ctxcache.NewEntry(newMember{"Emmy"}, time.Hour)); err != nil {
			t.Fatalf("%q cannot be replaced: %v", data, err)
		}
		if got, err := after.Get(t.Context(), "k"); got.FullName != "Emmy" || err != nil {
			t.Fatalf("%q was replaced, and reads as %v, %v", data, got, err)
		}
	})
}
