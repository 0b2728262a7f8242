package memory_test

import (
	"errors"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// failingLimit makes the limit of the memory 1 GiB, except that it cannot be read the n-th time from now on.
func failingLimit(t *testing.T, n int) {
	reads := 0
	t.Cleanup(memory.ReplaceMemoryLimit(func() (int64, string, error) {
		if reads++; reads == n {
			return 0, "", errOops
		}
		return 1 << 30, "a test", nil
	}))
}

// The limit of the memory cannot be read once. New reports that, or the cache has the bound that it should have.
func TestNewWhileTheMemoryLimitIsUnknown(t *testing.T) {
	for n := range 4 {
		failingLimit(t, n+1)
		c := memory.New(&memory.Options[int, int]{MemoryShare: 0.25, Shards: 4})
		err := c.Set(t.Context(), 1, 1, 0)
		switch got := option(c, "max_bytes"); {
		case err == nil && (got != int64(1<<28) || c.Shards() != 4):
			t.Errorf("read %d fails: max_bytes is %v, with %d shards; want a quarter of 1 GiB", n+1, got, c.Shards())
		case err != nil && (!errors.Is(err, ctxcache.ErrOptions) || !errors.Is(err, errOops)):
			t.Errorf("read %d fails: %v, want ErrOptions and the cause", n+1, err)
		case n == 0 && err == nil:
			t.Error("nobody has read the limit")
		}
	}
}

// The same for Resize, which changes nothing then.
func TestResizeWhileTheMemoryLimitIsUnknown(t *testing.T) {
	for n := range 4 {
		c := memory.New(&memory.Options[int, int]{MaxBytes: 1 << 20, Shards: 4})
		failingLimit(t, n+1)
		err := c.Resize(t.Context(), memory.Bounds{MemoryShare: 0.25})
		want := int64(1 << 28)
		if err != nil {
			want = 1 << 20
		}
		switch got := option(c, "max_bytes"); {
		case got != want:
			t.Errorf("read %d fails: %v, and max_bytes is %v; want %d", n+1, err, got, want)
		case err != nil && (!errors.Is(err, ctxcache.ErrOptions) || !errors.Is(err, errOops)):
			t.Errorf("read %d fails: %v, want ErrOptions and the cause", n+1, err)
		case n == 0 && err == nil:
			t.Error("nobody has read the limit")
		}
	}
}
