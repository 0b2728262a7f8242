package memcached_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
)

// All calls that may run do run when a caller leaves, so that nothing can be undone at once. It is undone later.
func TestUndoingWaitsForASlot(t *testing.T) {
	for name, test := range map[string]struct {
		slow string // the command whose answer comes too late
		call func(t *testing.T, c *cacheOfBytes) error
		undo []string
	}{
		"SetEntries": {"set", func(t *testing.T, c *cacheOfBytes) error {
			return c.SetEntries(t.Context(), map[string]entry{"a": {}, "b": {}})
		}, []string{"delete a", "delete b"}},
		"GetLease": {"add", func(t *testing.T, c *cacheOfBytes) error {
			_, _, err := c.GetLease(t.Context(), "key", 0)
			return err
		}, []string{"gets key"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				server := newPiped(func(command, _ string) string {
					switch {
					case strings.HasPrefix(command, test.slow):
						<-release
						return "STORED\r\n"
					case strings.HasPrefix(command, "delete"):
						return "DELETED\r\n"
					}
					return "END\r\n"
				})
				cache := memcached.New(server, &memcached.Options{
					MaxCalls: 1, ReadTimeout: time.Second, WriteTimeout: time.Second, Timeout: time.Minute, DialContext: server.pipes(),
				})
				defer cache.Close()
				if err := test.call(t, cache); !errors.Is(err, ctxcache.ErrTimeout) {
					t.Fatalf("without an answer: %v", err)
				}
				close(release)
				synctest.Wait()
				before := len(server.commands())
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				after := strings.Join(server.commands()[before:], ", ")
				for _, undo := range test.undo {
					if !strings.Contains(after, undo) {
						t.Errorf("afterwards it sent %q, want %q", after, undo)
					}
				}
			})
		})
	}
}
