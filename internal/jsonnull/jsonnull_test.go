package jsonnull_test

import (
	"math"
	"testing"

	"github.com/ctxcache/cached/internal/jsonnull"
)

func TestIs(t *testing.T) {
	for data, want := range map[string]bool{"null": true, " \n\tnull ": true, "": false, "nul": false, `"null"`: false, "null null": false} {
		if got := jsonnull.Is([]byte(data)); got != want {
			t.Errorf("Is(%q) = %v", data, got)
		}
	}
}

func TestEncodes(t *testing.T) {
	for _, value := range []any{nil, (*int)(nil), []byte(nil), map[string]int(nil)} {
		if !jsonnull.Encodes(value) {
			t.Errorf("%T(%v) does not encode as null", value, value)
		}
	}
	for _, value := range []any{0, "", "null", struct{}{}, math.NaN(), func() {}} {
		if jsonnull.Encodes(value) {
			t.Errorf("%T encodes as null", value)
		}
	}
}
