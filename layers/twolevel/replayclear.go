package twolevel

import (
	"context"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// clears says when the replay may clear in far what it has missed a Clear of. The zero value says now.
//
// A Clear fails as long as one of far's servers is down. Each try empties the servers that work. So its pauses grow longer
// than the pauses between deletions.
type clears struct {
	mu    sync.Mutex
	pause time.Duration // after the last try; 0 if it has not failed
	tried time.Time     // when the last try that failed began
	next  time.Time
}

// lastClearPause is the longest pause between two tries.
const lastClearPause = time.Minute

// at returns when the next try may begin.
func (c *clears) at() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next
}

// failed notes that a try has failed which began at this time.
func (c *clears) failed(began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pause = max(firstPause, min(2*c.pause, lastClearPause))
	c.tried, c.next = began, time.Now().Add(jittered(c.pause))
}

// worked notes that far has cleared something.
func (c *clears) worked() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pause, c.next = 0, time.Time{}
}

// soon makes the next try begin soon, because an outage has ended. Far may have several servers, and another one may still
// be down. So the tries stay few: one in lastPause at most.
func (c *clears) soon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if soon := c.tried.Add(lastPause); soon.Before(c.next) {
		c.next = soon
	}
}

// clearAgain clears listed prefixes in far, unless a try has just failed, and strikes off what far has confirmed.
func (c *Cache[K, V]) clearAgain(ctx context.Context, prefixes map[string]uint64) {
	began := time.Now()
	if began.Before(c.clears.at()) {
		return
	}
	confirmed, tried := 0, 0
	defer func() { // even if far panics
		if confirmed < tried {
			c.clears.failed(began)
		}
	}()
	for prefix, gen := range prefixes {
		if !c.canClear(prefix) {
			continue
		}
		tried++
		err := c.far.Clear(ctx, ctxcache.Scope[K]{Prefix: prefix})
		c.heardAll(writes, err)
		if err == nil {
			c.missed.strikePrefix(prefix, gen)
			confirmed++
		}
	}
	if tried > 0 && confirmed == tried {
		c.clears.worked()
	}
}

// canClear reports whether far can clear all keys that begin with prefix. If far cannot, it is not believed about them
// until the cache is closed: nobody knows when the last of the old values will be gone, because loads of other processes
// may be under way, and they fill old values with a full life.
func (c *Cache[K, V]) canClear(prefix string) bool {
	caps := c.far.Supports()
	return caps.Has(ctxcache.CapClear) && ctxcache.Scope[K]{Prefix: prefix}.In(caps.Scopes())
}
