package memory_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// TestLeaseEndsIfOnEvictPanics checks that a caller who does not get its lease leaves none behind: nobody else could load the key.
func TestLeaseEndsIfOnEvictPanics(t *testing.T) {
	for way, ask := range map[string]func(t *testing.T, c *memory.Cache[string, int]){
		"GetLease": func(t *testing.T, c *memory.Cache[string, int]) { _, _, _ = c.GetLease(t.Context(), "k", 0) },
		"GetLeases": func(t *testing.T, c *memory.Cache[string, int]) {
			_, _, _ = c.GetLeases(t.Context(), []string{"absent", "k"}, 0)
		},
	} {
		for end, leave := range map[string]func(){"panic": func() { panic(errOops) }, "Goexit": runtime.Goexit} {
			t.Run(way+", "+end, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { testLeaseThatNobodyGets(t, ask, leave) })
			})
		}
	}
}

func testLeaseThatNobodyGets(t *testing.T, ask func(*testing.T, *memory.Cache[string, int]), leave func()) {
	c := memory.New(&memory.Options[string, int]{MaxEntries: 10, OnEvict: func(string, int, memory.Cause) { leave() }})
	mustSet(t, c, "k", 1, time.Second)
	time.Sleep(2 * time.Second)
	left := make(chan struct{})
	go func() {
		defer close(left)
		defer func() { _ = recover() }()
		ask(t, c)
		t.Error("the call has returned, although OnEvict does not return")
	}()
	<-left
	if _, leases := c.Kept(); leases != 0 {
		t.Errorf("%d leases are kept, and nobody has them", leases)
	}
	for _, key := range []string{"absent", "k"} {
		if _, lease, err := c.GetLease(t.Context(), key, 0); err != ctxcache.ErrMiss || !lease.Granted() {
			t.Errorf("GetLease(%q): %v, %v; want ErrMiss and a lease", key, lease, err)
		}
	}
}
