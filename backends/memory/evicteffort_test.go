package memory_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
)

// Evict first removes what has expired, while the table grows, and then looks for a victim. No section looks at more
// entries than it may, which builds with the race detector find out.
func TestEvictLooksAtFewEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most, expiring = 700, 8
		for entries := 600; entries < most; entries++ { // the table begins to grow at 640
			c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Policy: memory.Adaptive, Shards: 1})
			for key := range entries {
				ttl := time.Duration(0)
				if key < expiring {
					ttl = time.Second
				}
				mustSet(t, c, key, key, ttl)
			}
			time.Sleep(time.Minute)
			key, _, err := c.Evict(t.Context())
			if err != nil || key < expiring {
				t.Fatalf("%d entries: Evict = %d, %v; want a key that has not expired", entries, key, err)
			}
			if kept, _ := c.Kept(); kept != entries-expiring-1 {
				t.Errorf("%d entries: %d are left, want those that have not expired, less one", entries, kept)
			}
			mustBeSound(t, c)
		}
	})
}
