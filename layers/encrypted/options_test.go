package encrypted_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
)

func TestOptions(t *testing.T) {
	old := []encrypted.Secret{otherSecret}
	for _, bad := range []struct {
		option string
		opts   encrypted.Options
	}{
		{"HashSize", encrypted.Options{Namespace: "test", HashSize: 7}},
		{"HashSize", encrypted.Options{Namespace: "test", HashSize: 33}},
		{"HashSize", encrypted.Options{Namespace: "test", HashSize: -1}},
		{"Old", encrypted.Options{Namespace: "test", Old: old}},
		{"Old", encrypted.Options{Namespace: "test", Old: []encrypted.Secret{{}}, KeySecret: someSecret}},
	} {
		err := bad.opts.Validate()
		if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), bad.option) {
			t.Errorf("%+v: %v, want ErrOptions that names %s", bad.opts, err, bad.option)
		}
		c := encrypted.New(newStore(), someSecret, &bad.opts)
		if got, want := c.Set(t.Context(), "key", nil, 0), "encrypted set: "+err.Error(); got == nil || got.Error() != want {
			t.Errorf("%+v: Set: %v, want %v", bad.opts, got, want)
		}
	}
	for _, good := range []*encrypted.Options{
		inTest,
		{Namespace: "test", HashSize: 8},
		{Namespace: "\xff\x00", HashSize: 32, Pad: true, Old: old, OldUntil: time.Now(), KeySecret: otherSecret},
	} {
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
		layertest.MustSet(t, encrypted.New(newStore(), someSecret, good), "key", nil)
	}
}

// Without Namespace the databases of one server would be one namespace, and so would all parts under a layer that hides
// its prefix.
func TestNamespaceIsNeeded(t *testing.T) {
	for name, opts := range map[string]*encrypted.Options{
		"nil options":    nil,
		"no options":     {},
		"other options":  {Pad: true, Alone: true},
		"a bad HashSize": {HashSize: 7},
	} {
		err := opts.Validate()
		if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), "Namespace") {
			t.Errorf("%s: Validate: %v, want ErrOptions that names Namespace", name, err)
		}
		store := newStore()
		c := encrypted.New(layers.Prefixed(store, "user:"), someSecret, opts)
		if err := c.Set(t.Context(), "key", nil, 0); !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), "Namespace") {
			t.Errorf("%s: Set: %v, want ErrOptions that names Namespace", name, err)
		}
		if _, err := c.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%s: Get: %v, want ErrOptions", name, err)
		}
		if keys := storedKeys(t, store); len(keys) != 0 {
			t.Errorf("%s: stored %q", name, keys)
		}
	}
}

func TestSecretIsNeeded(t *testing.T) {
	c := encrypted.New(newStore(), encrypted.Secret{}, inTest)
	_, err := c.Get(t.Context(), "key")
	if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), "secret was not made by NewSecret") {
		t.Errorf("Get: %v, want ErrOptions", err)
	}
	if err := ctxcache.Clear(t.Context(), c); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Clear: %v, want ErrOptions", err)
	}
}

func TestInnerCacheIsNeeded(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "New needs an inner cache") {
			t.Errorf("panics with %q", message)
		}
	}()
	encrypted.New(nil, someSecret, inTest)
}

// A description reports how the layer was configured, and has no secret in it.
func TestDescribe(t *testing.T) {
	inner := layers.Prefixed(newStore(), "user:")
	old := []encrypted.Secret{otherSecret}
	for _, opts := range []*encrypted.Options{
		{Namespace: "user:", HashSize: 20, TextKeys: true, Pad: true, Alone: true, Old: old, KeySecret: someSecret},
		{Namespace: "user:", HashSize: 20, TextKeys: true, Pad: true, Alone: true, Old: old}, // not valid
	} {
		got := ctxcache.NodeOf(encrypted.New(inner, someSecret, opts)).Describe()
		if len(got.Children) != 1 || got.Children[0] != ctxcache.NodeOf(inner) {
			t.Errorf("it stands on %v, want the inner cache", got.Children)
		}
		got.Children = nil
		want := ctxcache.Description{Kind: "encrypted", Options: []ctxcache.Option{
			{Name: "hash_size", Value: 20},
			{Name: "text_keys", Value: true},
			{Name: "namespace", Value: "user:"},
			{Name: "pad", Value: true},
			{Name: "alone", Value: true},
			{Name: "old_secrets", Value: 1},
		}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Describe = %+v, want %+v", got, want)
		}
	}
}
