package memory_test

import (
	"testing"
	"unsafe"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A key may be a view of a buffer that is used again, as in some web servers. The cache keeps a copy.
func TestKeysThatAreViewsOfABuffer(t *testing.T) {
	c := memory.New[string, int](nil)
	buffer := []byte("user-0")
	for user := range byte(10) {
		buffer[5] = '0' + user
		view := unsafe.String(&buffer[0], len(buffer))
		mustSet(t, c, view, int(user), 0)
	}
	n, err := ctxcache.Len(t.Context(), c)
	if n != 10 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	for user := range byte(10) {
		mustGet(t, c, "user-"+string('0'+user), int(user))
	}
}

// A lease on such a key stays on the key that it was granted on.
func TestLeasesOnViewsOfABuffer(t *testing.T) {
	ctx := t.Context()
	c := memory.New[string, int](nil)
	buffer := []byte("user-0")
	view := unsafe.String(&buffer[0], len(buffer))
	_, lease, err := c.GetLease(ctx, view, 0)
	if err != ctxcache.ErrMiss || !lease.Granted() {
		t.Fatalf("GetLease = %v, %v", lease, err)
	}
	copy(buffer, "user-1")
	if err := c.Delete(ctx, "user-0"); err != nil {
		t.Fatal(err)
	}
	copy(buffer, "user-0")
	if err := c.Fill(ctx, "user-0", lease, ctxcache.NewEntry(1, 0)); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill after a Delete = %v, want ErrLeaseLost", err)
	}
	if _, leases := c.Kept(); leases != 0 {
		t.Errorf("%d leases are left", leases)
	}
}
