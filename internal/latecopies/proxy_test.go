package latecopies_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ctxcache/cached/internal/latecopies"
)

func TestEverythingPasses(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		long := strings.Repeat("long\r\n", 50_000)
		must(t, s.through.set("key", long))
		s.wants(t, "key", long)
		if got, err := s.through.get("key"); err != nil || got != long {
			t.Errorf("a long value comes back with %d bytes, %v, want %d", len(got), err, len(long))
		}
	})
}

func TestFirstCopyLandsLate(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		must(t, s.through.set("key", "before"))
		first := s.proxy.Hold(latecopies.About("key", s.setName))
		copied := async(func() error { return s.through.set("key", "first") })
		first.Await()
		s.wants(t, "key", "before")
		first.HangUp()
		lost(t, <-copied)
		must(t, s.through.set("key", "second")) // another copy passes
		s.wants(t, "key", "second")
		if replies := first.Release(); replies != s.success {
			t.Errorf("the server replied %q to the late copy, want %q", replies, s.success)
		}
		s.wants(t, "key", "first")
		must(t, s.through.set("key", "third"))
		s.wants(t, "key", "third")
	})
}

func TestRepliesOfHeldCommandsGoNowhere(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		first := s.proxy.Hold(latecopies.About("key", s.setName))
		waiting := async(func() error { return s.through.set("key", "first") })
		first.Release() // waits for the command
		s.wants(t, "key", "first")
		select {
		case err := <-waiting:
			t.Errorf("the client got an answer: %v", err)
		default: // and gets none, because its end of the connection is open until HangUp
		}
		first.HangUp()
		lost(t, <-waiting)
	})
}

func TestBatchLandsLate(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		n := 1
		if s.pipelines {
			n = 3
		}
		first := s.proxy.HoldBatch(latecopies.Named(s.setName), n)
		stored := async(func() error { return s.through.batch("a", "b", "c") })
		first.HangUp()
		lost(t, <-stored)
		must(t, s.direct.set("a", "later"))
		if replies := first.Release(); replies != strings.Repeat(s.success, n) {
			t.Errorf("the server replied %q to %d commands", replies, n)
		}
		s.wants(t, "a", "new")
		if s.pipelines {
			s.wants(t, "c", "new")
		}
	})
}

func TestReplyIsLost(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		first := s.proxy.LoseReply(latecopies.About("key"))
		lost(t, s.through.set("key", "value"))
		<-first.Held()
		s.wants(t, "key", "value")
		must(t, s.through.set("key", "again"))
	})
}

func TestSeveralHolds(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		var mu sync.Mutex
		var names []string
		s.proxy.Hold(func(c latecopies.Command) bool { // only records
			mu.Lock()
			defer mu.Unlock()
			names = append(names, c.Name)
			return false
		})
		one, two := s.proxy.Hold(latecopies.About("key")), s.proxy.Hold(latecopies.About("key"))
		first := async(func() error { return s.through.set("key", "one") })
		one.HangUp()
		lost(t, <-first)
		second := async(func() error { return s.through.set("key", "two") })
		two.HangUp()
		lost(t, <-second)
		two.Release()
		s.wants(t, "key", "two")
		one.Release()
		s.wants(t, "key", "one")
		mu.Lock()
		defer mu.Unlock()
		if sets := strings.Count(strings.Join(names, " "), s.setName); sets != 2 {
			t.Errorf("%d commands %s were seen in %q, want 2", sets, s.setName, names)
		}
	})
}

func TestServerIsUnreachable(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		must(t, s.through.set("key", "value"))
		s.proxy.Refuse()
		if err := s.through.set("key", "refused"); err == nil {
			t.Error("a connection that was cut still works")
		}
		if err := s.through.set("key", "refused"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("while connections are refused: %v", err)
		}
		s.proxy.Heal()
		must(t, s.through.set("key", "healed"))
		s.wants(t, "key", "healed")
	})
}

func TestConnectionsAreCut(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		first := s.proxy.Hold(latecopies.About("key"))
		held := async(func() error { return s.through.set("key", "held") })
		first.Await()
		raw, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.proxy.Addr)
		must(t, err)
		defer raw.Close()
		_, err = io.WriteString(raw, s.ping)
		must(t, err)
		reply := make([]byte, 1)
		_, err = io.ReadFull(raw, reply)
		must(t, err)
		s.proxy.Cut()
		if rest, err := io.ReadAll(raw); err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("a connection that was cut: %q, %v, want its end", rest, err)
		}
		first.Release() // a held command is not affected
		s.wants(t, "key", "held")
		first.HangUp()
		lost(t, <-held)
	})
}

func TestBlackHole(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		must(t, s.through.set("key", "before"))
		s.proxy.BlackHole()
		s.proxy.BlackHole() // changes nothing
		hung := async(func() error { return s.through.set("key", "hung") })
		fresh, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.proxy.Addr)
		must(t, err) // the kernel still makes connections
		must(t, fresh.Close())
		must(t, s.direct.set("key", "meanwhile"))
		select {
		case err := <-hung:
			t.Fatalf("the black hole answered: %v", err)
		default:
		}
		s.wants(t, "key", "meanwhile")
		s.proxy.Heal()
		must(t, <-hung)
		s.wants(t, "key", "hung")
	})
}

func TestRepliesAreDelayed(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		must(t, s.through.set("key", "before"))
		const delay = 50 * time.Millisecond
		s.proxy.Delay(delay)
		start := time.Now()
		must(t, s.through.set("key", "value"))
		if took := time.Since(start); took < delay {
			t.Errorf("the reply came after %v, want at least %v", took, delay)
		}
		s.wants(t, "key", "value")
	})
}
