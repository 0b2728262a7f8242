package layers_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func TestEncodedStoresBytesWhicheverWay(t *testing.T) {
	for _, write := range setWays[user]() {
		t.Run(write.name, func(t *testing.T) {
			store := newMemory[[]byte]()
			users := layers.Encoded(store, layers.JSON[user]{})
			entry := ctxcache.Entry[user]{Value: user{Name: "Ada", Age: 36}, Meta: ctxcache.Meta{TTL: time.Hour}}
			if err := write.write(t.Context(), users, "ada", entry); err != nil {
				t.Fatal(err)
			}
			stored, err := store.Get(t.Context(), "ada")
			if want := `{"name":"Ada","age":36}`; err != nil || string(stored) != want {
				t.Errorf("stored: %s, %v, want %s", stored, err, want)
			}
			for _, read := range readWays[user]() {
				if got, err := read.read(t.Context(), users, "ada"); err != nil || got.Name != "Ada" {
					t.Errorf("%s = %v, %v", read.name, got, err)
				}
			}
		})
	}
}

func TestEncodedCorruptWhicheverWay(t *testing.T) {
	store := newMemory[[]byte]()
	numbers := layers.Encoded(store, layers.JSON[int8]{})
	mustSet(t, store, "n", []byte("4711"))
	for _, read := range readWays[int8]() {
		got, err := read.read(t.Context(), numbers, "n")
		if !errors.Is(err, ctxcache.ErrCorrupt) || got != 0 {
			t.Errorf("%s = %v, %v, want ErrCorrupt", read.name, got, err)
		}
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
			t.Errorf("%s: %v has lost its cause", read.name, err)
		}
		if strings.Contains(err.Error(), "4711") {
			t.Errorf("%s: %q quotes the value", read.name, err)
		}
	}
}

func TestEncodedHeals(t *testing.T) {
	store := newMemory[[]byte]()
	numbers := layers.Encoded(store, layers.JSON[int]{})
	mustSet(t, store, "n", []byte("not a number"))
	_, lease, err := ctxcache.GetLease(t.Context(), numbers, "n", 0)
	if !errors.Is(err, ctxcache.ErrCorrupt) || !lease.Granted() {
		t.Fatalf("GetLease of a corrupt entry: lease %v, %v; want one, and ErrCorrupt", lease, err)
	}
	if err := ctxcache.Fill(t.Context(), numbers, "n", lease, ctxcache.NewEntry(7, time.Hour)); err != nil {
		t.Fatalf("Fill: %v", err)
	}
	wantValue(t, numbers, "n", 7)
}

func TestEncodedRefusesWhatDoesNotEncode(t *testing.T) {
	store := newMemory[[]byte]()
	floats := layers.Encoded(store, layers.JSON[float64]{})
	for _, write := range setWays[float64]() {
		nan := ctxcache.Entry[float64]{Value: math.NaN(), Meta: ctxcache.Meta{TTL: time.Hour}}
		err := write.write(t.Context(), floats, write.name, nan)
		if _, ok := errors.AsType[*json.UnsupportedValueError](err); !ok {
			t.Errorf("%s of NaN: %v, want the codec's error", write.name, err)
		}
		if strings.Contains(err.Error(), "NaN") {
			t.Errorf("%s: %q quotes the value", write.name, err)
		}
	}
	wantKeys(t, store)
}

func TestEncodedNegativeEntriesHaveNoBytes(t *testing.T) {
	store := newMemory[[]byte]()
	users := layers.Encoded(store, layers.JSON[user]{})
	for _, write := range writeWays[user]() {
		if err := write.write(t.Context(), users, write.name, ctxcache.Entry[user]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}); err != nil {
			t.Fatalf("%s: %v", write.name, err)
		}
		for _, read := range readWays[user]() {
			if _, err := read.read(t.Context(), users, write.name); err != ctxcache.ErrNotFound {
				t.Errorf("%s after %s: %v, want ErrNotFound", read.name, write.name, err)
			}
		}
	}
}
