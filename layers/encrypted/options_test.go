package encrypted_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

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
		{"HashSize", encrypted.Options{HashSize: 7}},
		{"HashSize", encrypted.Options{HashSize: 33}},
		{"HashSize", encrypted.Options{HashSize: -1}},
		{"Old", encrypted.Options{Old: old}},
		{"Old", encrypted.Options{Old: []encrypted.Secret{{}}, KeySecret: someSecret}},
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
		nil,
		{},
		{HashSize: 8},
		{HashSize: 32, Old: old, KeySecret: otherSecret, Namespace: "user"},
	} {
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
		layertest.MustSet(t, encrypted.New(newStore(), someSecret, good), "key", nil)
	}
}

func TestSecretIsNeeded(t *testing.T) {
	c := encrypted.New(newStore(), encrypted.Secret{}, nil)
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
	encrypted.New(nil, someSecret, nil)
}

// A description reports how the layer was configured, and has no secret in it.
func TestDescribe(t *testing.T) {
	inner := layers.Prefixed(newStore(), "user:")
	for _, opts := range []*encrypted.Options{
		{HashSize: 20, TextKeys: true, Alone: true, Old: []encrypted.Secret{otherSecret}, KeySecret: someSecret},
		{HashSize: 20, TextKeys: true, Alone: true, Old: []encrypted.Secret{otherSecret}}, // not valid
	} {
		got := ctxcache.NodeOf(encrypted.New(inner, someSecret, opts)).Describe()
		if opts.Validate() == nil {
			if len(got.Children) != 1 || got.Children[0] != ctxcache.NodeOf(inner) {
				t.Errorf("it stands on %v, want the inner cache", got.Children)
			}
			got.Children = nil
		}
		want := ctxcache.Description{Kind: "encrypted", Options: []ctxcache.Option{
			{Name: "hash_size", Value: 20},
			{Name: "text_keys", Value: true},
			{Name: "namespace", Value: "user:"},
			{Name: "alone", Value: true},
			{Name: "old_secrets", Value: 1},
		}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Describe = %+v, want %+v", got, want)
		}
	}
}

func TestSecret(t *testing.T) {
	for size := range 40 {
		_, err := encrypted.NewSecret(make([]byte, size))
		if size < 16 != errors.Is(err, ctxcache.ErrOptions) || size >= 16 && err != nil {
			t.Errorf("a secret of %d bytes: %v", size, err)
		}
	}
	raw := []byte("a secret of 32 bytes for testing")
	secret, err := encrypted.NewSecret(raw)
	if err != nil {
		t.Fatal(err)
	}
	clear(raw)
	if secret != someSecret {
		t.Error("the secret changes with the bytes it was made of")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, secret); got != "encrypted.Secret(hidden)" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if got := fmt.Sprint(encrypted.Options{Old: []encrypted.Secret{secret}}); strings.Contains(got, "testing") {
		t.Errorf("options print %s", got)
	}
}
