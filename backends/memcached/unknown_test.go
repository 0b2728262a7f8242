package memcached_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
)

// unknown are answers after which nobody knows what the server has done. A proxy whose patience is over may have sent the
// command before.
var unknown = map[string]string{
	"no answer":         "",
	"a proxy's timeout": "SERVER_ERROR Connection timed out\r\n",
	"a proxy's reset":   "SERVER_ERROR Connection reset by peer\r\n",
}

// TestUnknownOutcomesAreUndoneTwice: at once, and after the client's timeout.
func TestUnknownOutcomesAreUndoneTwice(t *testing.T) {
	for name, test := range map[string]struct {
		lost string // the command whose answer is lost
		call func(t *testing.T, c *cacheOfBytes) error
		undo string // what undoes it
	}{
		"Set":      {"set", func(t *testing.T, c *cacheOfBytes) error { return c.Set(t.Context(), "key", nil, 0) }, "delete key"},
		"SetEntry": {"set", func(t *testing.T, c *cacheOfBytes) error { return c.SetEntry(t.Context(), "key", entry{}) }, "delete key"},
		"GetLease": {"add", func(t *testing.T, c *cacheOfBytes) error { _, _, err := c.GetLease(t.Context(), "key", 0); return err }, "gets key"},
		"GetLeases": {"add", func(t *testing.T, c *cacheOfBytes) error {
			_, _, err := c.GetLeases(t.Context(), []string{"key"}, 0)
			return err
		}, "gets key"},
		"SetEntries": {"set", func(t *testing.T, c *cacheOfBytes) error {
			return c.SetEntries(t.Context(), map[string]entry{"key": {}})
		}, "delete key"},
	} {
		for how, answer := range unknown {
			t.Run(name+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { isUndoneTwice(t, test.lost, answer, test.undo, test.call) })
			})
		}
	}
}

// isUndoneTwice makes a call whose command lost gets this answer, and checks when undo is sent.
func isUndoneTwice(t *testing.T, lost, answer, undo string, call func(t *testing.T, c *cacheOfBytes) error) {
	t.Helper()
	server := newPiped(func(command, _ string) string {
		switch {
		case strings.HasPrefix(command, lost):
			return answer
		case strings.HasPrefix(command, "delete"):
			return "NOT_FOUND\r\n"
		}
		return "END\r\n"
	})
	cache := memcached.New(server, &memcached.Options{Timeout: time.Second, DialContext: server.pipes()})
	defer cache.Close()
	if err := call(t, cache); err == nil || err == ctxcache.ErrMiss {
		t.Fatalf("without an answer: %v", err)
	}
	synctest.Wait()
	undone := func() int {
		n := 0
		for at, commands := 0, server.commands(); at < len(commands); at++ {
			if strings.HasPrefix(commands[at], lost) {
				n = 0 // gets before the add
			} else if commands[at] == undo {
				n++
			}
		}
		return n
	}
	if n := undone(); n != 1 {
		t.Errorf("it was undone %d times at once: %q", n, server.commands())
	}
	time.Sleep(time.Second - 1)
	synctest.Wait()
	if n := undone(); n != 1 {
		t.Errorf("it was undone %d times before the timeout", n)
	}
	time.Sleep(time.Nanosecond)
	synctest.Wait()
	if n := undone(); n != 2 {
		t.Errorf("it was undone %d times after the timeout: %q", n, server.commands())
	}
	time.Sleep(hour)
	synctest.Wait()
	if n := undone(); n != 2 {
		t.Errorf("it was undone %d times in the end", n)
	}
}
