package layers_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

func itoa(n int) (string, error) { return strconv.Itoa(n), nil }

// atoi is not strict: it reads "+7" and "007" as 7.
func atoi(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil
}

func TestKeyedStoresUnderTheMappedKey(t *testing.T) {
	store := newMemory[string]()
	byID := layers.Keyed(store, itoa, atoi)
	layertest.MustSet(t, byID, 7, "seven")
	layertest.WantValue(t, store, "7", "seven")
	layertest.WantValue(t, byID, 7, "seven")
}

func TestKeyedTakesOnlyItsOwnKeys(t *testing.T) {
	store := newMemory[string]()
	byID := layers.Keyed(store, itoa, atoi)
	layertest.MustSet(t, byID, 7, "seven")
	for _, foreign := range []string{"+7", "007", "seven", ""} {
		layertest.MustSet(t, store, foreign, "not a number as this layer writes it")
	}
	layertest.WantKeys(t, byID, 7)

	if err := ctxcache.Clear(t.Context(), byID); err != nil {
		t.Fatalf("Clear: %v", err)
	}
	layertest.WantKeys(t, byID)
	layertest.WantKeys(t, store, "+7", "007", "seven", "")
}

// bearer is a foreign store that lists whatever keys it is given.
type bearer struct {
	ctxcache.Forward[any, int]
	keys []any
}

func newBearer(keys ...any) *bearer {
	return &bearer{ctxcache.NewForward(memory.New[any, int](nil), ctxcache.Description{Kind: "bearer"}), keys}
}

func (b *bearer) Keys(_ context.Context, scope ctxcache.Scope[any]) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for _, key := range b.keys {
			if scope.Covers(key) && !yield(key, nil) {
				return
			}
		}
	}
}

// TestKeyedSkipsWhatNoMapCanHold checks that a listed key which cannot be hashed or compared is not this layer's, and that
// back does not see it: it may have a map.
func TestKeyedSkipsWhatNoMapCanHold(t *testing.T) {
	ids := map[any]any{"seven": 7, "bytes": []byte("7"), "nan": math.NaN()}
	store := newBearer([]byte("7"), []int{7}, math.NaN(), [1]any{[]byte("7")}, "bytes", "nan", "seven")
	c := layers.Keyed(store, func(id any) (any, error) {
		if id == 7 {
			return "seven", nil
		}
		return []byte("7"), nil
	}, func(stored any) (any, bool) { id, ok := ids[stored]; return id, ok })
	for name, scope := range map[string]ctxcache.Scope[any]{
		"all":  {},
		"some": {Match: func(id any) bool { return id == 7 }},
	} {
		var got []any
		for key, err := range ctxcache.KeysIn(t.Context(), c, scope) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, key)
		}
		if !slices.Equal(got, []any{7}) {
			t.Errorf("Keys in the scope %s: %v, want 7", name, got)
		}
	}
}

func TestKeyedOneWay(t *testing.T) {
	oneWay := layers.Keyed(newMemory[string](), itoa, nil)
	layertest.MustSet(t, oneWay, 7, "seven")
	layertest.WantValue(t, oneWay, 7, "seven")

	if caps := ctxcache.Supports(oneWay); caps&(ctxcache.CapLen|ctxcache.CapClear|ctxcache.CapKeys) != 0 || caps.Scopes() != ctxcache.ScopesNone {
		t.Errorf("Supports = %v, want neither len, clear nor keys", caps)
	}
	if err := ctxcache.Clear(t.Context(), oneWay); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Clear: %v, want errors.ErrUnsupported", err)
	}
	for _, err := range ctxcache.Keys(t.Context(), oneWay) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Keys: %v, want errors.ErrUnsupported", err)
		}
	}
}

func TestKeyedRefusal(t *testing.T) {
	errPersonal := errors.New("no such person: ada")
	refusing := layers.Keyed(newMemory[string](), func(int) (string, error) { return "", errPersonal }, nil)
	_, err := refusing.Get(t.Context(), 7)
	if !errors.Is(err, ctxcache.ErrKey) || !errors.Is(err, errPersonal) {
		t.Errorf("Get: %v, want ErrKey, with the cause", err)
	}
	if want := "keyed get: invalid key: the key cannot be mapped"; err.Error() != want {
		t.Errorf("Get: %q, want %q", err, want)
	}
}

func TestKeyedDoesNotMapWhatNoCacheCanHold(t *testing.T) {
	text := func(key any) (any, error) { return fmt.Sprint(key), nil }
	byText := layers.Keyed[any](memory.New[any, int](nil), text, nil)
	if err := byText.Set(t.Context(), math.NaN(), 1, 0); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("Set of NaN: %v, want ErrKey", err)
	}
}
