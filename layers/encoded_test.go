package layers_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

func TestEncodedStoresBytesWhicheverWay(t *testing.T) {
	for _, write := range layertest.SetWays[user]() {
		t.Run(write.Name, func(t *testing.T) {
			store := newMemory[[]byte]()
			users := layers.Encoded(store, layers.JSON[user]{}, nil)
			entry := ctxcache.Entry[user]{Value: user{Name: "Ada", Age: 36}, Meta: ctxcache.Meta{TTL: time.Hour}}
			if err := write.Write(t.Context(), users, "ada", entry); err != nil {
				t.Fatal(err)
			}
			stored, err := store.Get(t.Context(), "ada")
			if want := `{"name":"Ada","age":36}`; err != nil || string(stored) != want {
				t.Errorf("stored: %s, %v, want %s", stored, err, want)
			}
			for _, read := range layertest.ReadWays[user]() {
				if got, err := read.Read(t.Context(), users, "ada"); err != nil || got.Name != "Ada" {
					t.Errorf("%s = %v, %v", read.Name, got, err)
				}
			}
		})
	}
}

func TestEncodedCorruptWhicheverWay(t *testing.T) {
	store := newMemory[[]byte]()
	numbers := layers.Encoded(store, layers.JSON[int]{}, nil)
	layertest.MustSet(t, store, "n", []byte("4711.5"))
	for _, read := range layertest.ReadWays[int]() {
		got, err := read.Read(t.Context(), numbers, "n")
		if !errors.Is(err, ctxcache.ErrCorrupt) || got != 0 {
			t.Errorf("%s = %v, %v, want ErrCorrupt", read.Name, got, err)
		}
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
			t.Errorf("%s: %v has lost its cause", read.Name, err)
		}
		if strings.Contains(err.Error(), "4711") {
			t.Errorf("%s: %q quotes the value", read.Name, err)
		}
	}
}

func TestEncodedHeals(t *testing.T) {
	store := newMemory[[]byte]()
	numbers := layers.Encoded(store, layers.JSON[int]{}, nil)
	layertest.MustSet(t, store, "n", []byte("not a number"))
	_, lease, err := ctxcache.GetLease(t.Context(), numbers, "n", 0)
	if !errors.Is(err, ctxcache.ErrCorrupt) || !lease.Granted() {
		t.Fatalf("GetLease of a corrupt entry: lease %v, %v; want one, and ErrCorrupt", lease, err)
	}
	if err := ctxcache.Fill(t.Context(), numbers, "n", lease, ctxcache.NewEntry(7, time.Hour)); err != nil {
		t.Fatalf("Fill: %v", err)
	}
	layertest.WantValue(t, numbers, "n", 7)
}

func TestEncodedRefusesWhatDoesNotEncode(t *testing.T) {
	store := newMemory[[]byte]()
	c := layers.Encoded(store, refusing{}, nil)
	for _, write := range layertest.SetWays[string]() {
		err := write.Write(t.Context(), c, write.Name, ctxcache.NewEntry("NaN", time.Hour))
		if _, ok := errors.AsType[*json.UnsupportedValueError](err); !ok {
			t.Errorf("%s of NaN: %v, want the codec's error", write.Name, err)
		}
		if strings.Contains(err.Error(), "NaN") {
			t.Errorf("%s: %q quotes the value", write.Name, err)
		}
	}
	layertest.WantKeys(t, store)
}

func TestEncodedNegativeEntriesHaveNoBytes(t *testing.T) {
	store := newMemory[[]byte]()
	users := layers.Encoded(store, layers.JSON[user]{}, nil)
	for _, write := range layertest.WriteWays[user]() {
		if err := write.Write(t.Context(), users, write.Name, ctxcache.Entry[user]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}); err != nil {
			t.Fatalf("%s: %v", write.Name, err)
		}
		for _, read := range layertest.ReadWays[user]() {
			if _, err := read.Read(t.Context(), users, write.Name); err != ctxcache.ErrNotFound {
				t.Errorf("%s after %s: %v, want ErrNotFound", read.Name, write.Name, err)
			}
		}
	}
}
