package redistest_test

import (
	"runtime"
	"testing"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestSentinelsFailOver(t *testing.T) {
	s := redistest.StartSentinels(t, 2, 3)
	client := s.Client(t)
	must(t, client.Set(t.Context(), "k", "first", 0).Err())
	first := s.Servers[0]
	if got := s.Master(t); got != first {
		t.Errorf("the master is at %s, not at %s", got.Addr, first.Addr)
	}
	// The client follows. It may use connections to the old master for some time.
	follows := func(master *redistest.Server, value string) {
		t.Helper()
		there := master.Client(t)
		for there.Get(t.Context(), "k").Val() != value {
			_ = client.Set(t.Context(), "k", value, 0).Err() // fails while the old master is still asked
			runtime.Gosched()
		}
	}
	second := s.Failover(t)
	follows(second, "second")
	redistest.AwaitReplication(t, first.Client(t))
	second.Stop()
	follows(s.AwaitFailover(t, second), "third")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
