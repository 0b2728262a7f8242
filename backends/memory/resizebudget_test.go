package memory_test

import (
	"errors"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
)

// A write has got the room for its value when Resize begins, and stores the value after Resize has come to its end. The
// new bound holds.
func TestResizeWhileAWriteHasRoom(t *testing.T) {
	const bound, smaller, key = 1000, 100, -1
	for _, test := range []struct {
		name       string
		value, old int // old is 0 if key has no value
		another    int // what another write stores after Resize, if it is not 0
		want       error
	}{
		{name: "a new key", value: 90},
		{name: "all that the new bound allows", value: smaller},
		{name: "more than the new bound allows", value: smaller + 1, want: memory.ErrTooLarge},
		{name: "a value that costs less", value: 5, old: 6},
		{name: "a value that costs more", value: 90, old: 2},
		{name: "a value that costs less than that of another write", value: 5, another: 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := fullOfCosts(t, bound)
			if test.old > 0 {
				mustSet(t, c, key, test.old, 0)
			}
			err := c.SetAfter(t.Context(), key, test.value, func() {
				if err := c.Resize(t.Context(), memory.Bounds{Cost: smaller}); err != nil {
					t.Fatal(err)
				}
				if test.another > 0 {
					mustSet(t, c, key, test.another, 0)
				}
			})
			if !errors.Is(err, test.want) {
				t.Errorf("Set: %v, want %v", err, test.want)
			}
			mustBeSound(t, c)
			if test.want == nil {
				mustGet(t, c, key, test.value)
			} else {
				mustMiss(t, c, key)
			}
		})
	}
}
