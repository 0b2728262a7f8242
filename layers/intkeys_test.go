package layers_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// orderID is a named integer, as programs have them.
type orderID int64

func TestIntKeysAreDecimalText(t *testing.T) {
	wantIntKeys(t, map[int64]string{0: "0", 7: "7", -7: "-7", math.MaxInt64: "9223372036854775807", math.MinInt64: "-9223372036854775808"})
	wantIntKeys(t, map[orderID]string{4711: "4711"})
	wantIntKeys(t, map[int8]string{math.MaxInt8: "127", math.MinInt8: "-128"})
	wantIntKeys(t, map[uint64]string{0: "0", math.MaxUint64: "18446744073709551615"})
	wantIntKeys(t, map[uint8]string{255: "255"})
	wantIntKeys(t, map[int]string{-1: "-1"})
}

// wantIntKeys checks that each key is stored under its text, and comes back from Keys.
func wantIntKeys[K layers.Integer](t *testing.T, texts map[K]string) {
	t.Helper()
	store := newMemory[string]()
	c := layers.IntKeys[K](store)
	var keys []K
	var want []string
	for key, text := range texts {
		layertest.MustSet(t, c, key, "value of "+text)
		keys, want = append(keys, key), append(want, text)
	}
	layertest.WantKeys(t, store, want...)
	layertest.WantKeys(t, c, keys...)
	for key, text := range texts {
		layertest.WantValue(t, c, key, "value of "+text)
	}
	found, err := ctxcache.GetMany(t.Context(), c, keys)
	if err != nil || len(found) != len(texts) {
		t.Errorf("GetMany = %v, %v", found, err)
	}
}

// TestIntKeysLeaveOtherKeysAlone checks that Len, Keys and Clear do not reach keys that no integer is stored under.
func TestIntKeysLeaveOtherKeysAlone(t *testing.T) {
	store := newMemory[string]()
	foreign := []string{"", "x", "007", "+7", "-0", "--1", " 1", "1.0", "1e3", "0x1", "1_000", "256", "300", "-1", "18446744073709551616"}
	for _, key := range foreign {
		layertest.MustSet(t, store, key, "foreign")
	}
	c := layers.IntKeys[uint8](store)
	layertest.MustSet(t, c, 7, "ours")
	layertest.WantKeys(t, c, 7)
	if err := ctxcache.Clear(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	layertest.WantKeys(t, store, foreign...)
}

func TestIntKeysInAScope(t *testing.T) {
	c := layers.IntKeys[int64](newMemory[string]())
	for key := range int64(10) {
		layertest.MustSet(t, c, key-5, "value")
	}
	negative := ctxcache.Scope[int64]{Match: func(key int64) bool { return key < 0 }}
	if n, err := ctxcache.LenIn(t.Context(), c, negative); n != 5 || err != nil {
		t.Errorf("LenIn = %d, %v", n, err)
	}
	if err := ctxcache.ClearIn(t.Context(), c, negative); err != nil {
		t.Fatal(err)
	}
	layertest.WantKeys(t, c, 0, 1, 2, 3, 4)
}

// TestIntKeysUnderAPrefix checks that IntKeys has its scopes over a part of a store, and none over a whole one that is
// shared.
func TestIntKeysUnderAPrefix(t *testing.T) {
	whole := &shared{ctxcache.NewForward(newMemory[string](), ctxcache.Description{Kind: "shared"})}
	if caps := ctxcache.Supports(layers.IntKeys[int64, string](whole)); caps&(ctxcache.CapLen|ctxcache.CapClear|ctxcache.CapKeys) != 0 {
		t.Errorf("over the whole store it supports %v", caps)
	}
	c := layers.IntKeys[int64](layers.Prefixed[string](whole, "user:"))
	if caps := ctxcache.Supports(c); !caps.Has(ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys) {
		t.Errorf("over a part of the store it supports %v", caps)
	}
	layertest.MustSet(t, c, 7, "Ada")
	layertest.MustSet[string, string](t, whole, "8", "foreign")
	layertest.WantKeys(t, c, 7)
	if got := ctxcache.StoredKey(c, 7); got != "user:7" {
		t.Errorf("StoredKey = %v", got)
	}
}

// shared is a store that lists its keys only under a prefix.
type shared struct {
	ctxcache.Forward[string, string]
}

func (s *shared) Supports() ctxcache.Cap { return s.Forward.Supports().In(ctxcache.ScopesPrefixed) }

// TestIntKeysWatch checks that events name the keys of the store, which StoredKey returns.
func TestIntKeysWatch(t *testing.T) {
	c := layers.IntKeys[int64](newMemory[string]())
	ctx, stop := context.WithCancel(t.Context())
	events := make(chan ctxcache.Event)
	ended := make(chan error)
	go func() {
		ended <- ctxcache.Watch(ctx, c, func(e ctxcache.Event) {
			select {
			case events <- e:
			case <-ctx.Done():
			}
		})
	}()
	if e := <-events; !e.Gap {
		t.Errorf("the first event is %+v, want a gap", e)
	}
	changed := make(chan error, 1)
	go func() { changed <- c.Set(ctx, -7, "Ada", time.Hour) }()
	if e := <-events; e.Key != ctxcache.StoredKey(c, -7) || e.Key != "-7" {
		t.Errorf("the event is %+v, want one of the key -7", e)
	}
	if err := <-changed; err != nil {
		t.Error(err)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Watch = %v", err)
	}
}

func TestIntKeysDescribe(t *testing.T) {
	d := ctxcache.NodeOf(layers.IntKeys[int64](newMemory[string]())).Describe()
	if d.Kind != "int_keys" || len(d.Children) != 1 {
		t.Errorf("Describe = %+v", d)
	}
}

// TestIntKeysEveryWay checks the ways to write and to read, by the layer's text keys.
func TestIntKeysEveryWay(t *testing.T) {
	for _, write := range layertest.SetWays[string]() {
		store := newMemory[string]()
		numbers := layers.IntKeys[int64](store)
		byText := layers.Keyed(numbers, parsed, func(key int64) (string, bool) { return texts[key], true })
		if err := write.Write(t.Context(), byText, "-12", ctxcache.NewEntry("value", time.Hour)); err != nil {
			t.Fatalf("%s: %v", write.Name, err)
		}
		layertest.WantKeys(t, store, "-12")
		for _, read := range layertest.ReadWays[string]() {
			if got, err := read.Read(t.Context(), byText, "-12"); got != "value" || err != nil {
				t.Errorf("%s after %s = %q, %v", read.Name, write.Name, got, err)
			}
		}
	}
}

var texts = map[int64]string{-12: "-12"}

// parsed returns the number of a text in texts.
func parsed(text string) (int64, error) {
	for key, t := range texts {
		if t == text {
			return key, nil
		}
	}
	return 0, ctxcache.ErrKey
}

// TestIntKeysText checks that different keys have different texts, over all keys of a small type.
func TestIntKeysText(t *testing.T) {
	c := layers.IntKeys[int16](newMemory[string]())
	var stored []string
	for key := math.MinInt16; key <= math.MaxInt16; key++ {
		stored = append(stored, ctxcache.StoredKey(c, int16(key)).(string))
	}
	slices.Sort(stored)
	if distinct := len(slices.Compact(stored)); distinct != 1<<16 {
		t.Errorf("%d keys have %d texts", 1<<16, distinct)
	}
}
