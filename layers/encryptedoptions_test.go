package layers_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func TestEncryptedOptions(t *testing.T) {
	old := []layers.Secret{otherSecret}
	for _, bad := range []struct {
		option string
		opts   layers.EncryptedOptions
	}{
		{"HashSize", layers.EncryptedOptions{HashSize: 7}},
		{"HashSize", layers.EncryptedOptions{HashSize: 33}},
		{"HashSize", layers.EncryptedOptions{HashSize: -1}},
		{"ChecksumSize", layers.EncryptedOptions{ChecksumSize: 1}},
		{"ChecksumSize", layers.EncryptedOptions{Cipher: layers.Salsa20, ChecksumSize: -1}},
		{"ChecksumSize", layers.EncryptedOptions{Cipher: layers.Salsa20, ChecksumSize: 33}},
		{"Cipher", layers.EncryptedOptions{Cipher: layers.AES128CBC + 1}},
		{"Cipher", layers.EncryptedOptions{Cipher: -1}},
		{"Old", layers.EncryptedOptions{Old: old}},
		{"Old", layers.EncryptedOptions{Old: []layers.Secret{{}}, KeySecret: someSecret}},
		{"Old", layers.EncryptedOptions{Old: old, KeySecret: someSecret, Cipher: layers.ChaCha20}},
		{"KeySecret", layers.EncryptedOptions{KeySecret: someSecret, Cipher: layers.ChaCha20}},
		{"Namespace", layers.EncryptedOptions{Namespace: "user", Cipher: layers.ChaCha20}},
	} {
		err := bad.opts.Validate()
		if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), bad.option) {
			t.Errorf("%+v: %v, want ErrOptions that names %s", bad.opts, err, bad.option)
		}
		c := layers.Encrypted(newMemory[[]byte](), someSecret, &bad.opts)
		if got := c.Set(t.Context(), "key", nil, 0); got == nil || got.Error() != err.Error() {
			t.Errorf("%+v: Set: %v, want %v", bad.opts, got, err)
		}
	}
	for _, good := range []*layers.EncryptedOptions{
		nil,
		{},
		{HashSize: 8},
		{HashSize: 32, Old: old, KeySecret: otherSecret, Namespace: "user"},
		{Cipher: layers.AES128CBC, HashSize: 8, ChecksumSize: 32},
	} {
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
		mustSet(t, layers.Encrypted(newMemory[[]byte](), someSecret, good), "key", nil)
	}
}

func TestEncryptedNeedsASecret(t *testing.T) {
	c := layers.Encrypted(newMemory[[]byte](), layers.Secret{}, nil)
	if _, err := c.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Get: %v, want ErrOptions", err)
	}
	if err := ctxcache.Clear(t.Context(), c); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Clear: %v, want ErrOptions", err)
	}
}
