package remotetest_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leaseholder"
	"github.com/ctxcache/cached/internal/remotetest"
)

// held is a lease on "key" that another process holds.
type held struct {
	*leaseholder.Holder
	server remotetest.Server
	cache  remotetest.Cache // over the same keys
	stored string           // the key
}

func startHolder(t *testing.T, kind remotetest.Kind) *held {
	t.Helper()
	server, prefix := kind.Shared(t), remotetest.NextPrefix()
	return &held{
		leaseholder.Start(t, kind.Name, server.Address(), prefix), server,
		server.Cache(t, remotetest.Options{Prefix: prefix}), prefix + "key",
	}
}

func TestProcessThatStallsLosesItsLease(t *testing.T) {
	t.Parallel() // it mostly waits
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		t.Run("to another", func(t *testing.T) {
			t.Parallel()
			holder := startHolder(t, kind)
			holder.Pause()
			remotetest.Must(t, fill(t, holder.cache, "key", awaitLease(t, holder.cache, "key"), "new"))
			holder.Resume()
			if err := holder.Fill("old"); err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill after the stall: %v", err)
			}
			holds(t, holder.cache, "key", "new")
		})
		t.Run("to nobody", func(t *testing.T) {
			t.Parallel()
			holder := startHolder(t, kind)
			holder.Pause()
			awaitEnd(t, holder.server, holder.stored)
			holder.Resume()
			if err := holder.Fill("old"); err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill after the stall: %v", err)
			}
			misses(t, holder.cache, "key")
		})
	})
}

func TestProcessThatIsKilledLeavesItsLeaseForTheTTL(t *testing.T) {
	t.Parallel()                       // it mostly waits
	const muchLater = 10 * time.Second // enough for a busy machine
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		t.Parallel()
		holder := startHolder(t, kind)
		// Each renewal changes the marker. The last one that was seen came between two looks.
		first := holder.server.Marker(t, holder.stored)
		var before time.Time
		remotetest.Await(t, "the lease was renewed", func() bool {
			look := time.Now()
			if holder.server.Marker(t, holder.stored) != first {
				return true
			}
			before = look
			return false
		})
		holder.Stop()
		killed := time.Now()
		exact, isExact := holder.server.(remotetest.ExactServer)
		var end time.Time
		if isExact { // nobody moves the deadline any more
			end = exact.Deadline(t, holder.stored)
			if left := end.Sub(exact.Now(t)); left > kind.LeaseTTL || left <= 0 {
				t.Errorf("the lease of a killed process stands for another %v, and its TTL is %v", left, kind.LeaseTTL)
			}
		}
		remotetest.Must(t, fill(t, holder.cache, "key", awaitLease(t, holder.cache, "key"), "next"))
		granted := time.Now()
		if isExact {
			if now := exact.Now(t); now.Before(end) || now.After(end.Add(muchLater)) {
				t.Errorf("the next lease was granted %v after the end of the killed process's lease", now.Sub(end))
			}
		}
		if stood := granted.Sub(before); stood < kind.LeaseTTL-kind.Tick {
			t.Errorf("the lease of a killed process stood for only %v, and its TTL is %v", stood, kind.LeaseTTL)
		}
		if stood := granted.Sub(killed); stood > kind.LeaseTTL+time.Second+muchLater {
			t.Errorf("the lease of a killed process stood for another %v, and its TTL is %v", stood, kind.LeaseTTL)
		}
	})
}
