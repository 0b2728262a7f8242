//go:build 386 || arm

package encrypted_test

import (
	"errors"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/encrypted"
)

// On a system of 32 bits, a slice has room for less than 2 GiB. A value that is longer when it is padded is refused.
func TestPaddingThatExceedsASlice(t *testing.T) {
	store := newStore()
	c := encrypted.New(store, someSecret, padded)
	value := make([]byte, 1<<30+1) // its pages are never touched
	if err := c.Set(t.Context(), "key", value, 0); !errors.Is(err, ctxcache.ErrValue) {
		t.Errorf("Set: %v, want ErrValue", err)
	}
	if keys := storedKeys(t, store); len(keys) != 0 {
		t.Errorf("stored %q", keys)
	}
}
