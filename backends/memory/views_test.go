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
