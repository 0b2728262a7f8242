package hitratio_test

import (
	"slices"
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
)

// naiveS3FIFO is Algorithm 1 of the paper with slices, the oldest key first. As package hitratio, it promotes after one hit,
// and looks for the ghost before it evicts.
type naiveS3FIFO struct {
	capacity            int
	small, main, ghosts []uint64
	visits              map[uint64]int // of residents
}

func (c *naiveS3FIFO) Access(key uint64) bool {
	if n, hit := c.visits[key]; hit {
		c.visits[key] = min(n+1, 3)
		return true
	}
	ghost := slices.Index(c.ghosts, key)
	if ghost >= 0 {
		c.ghosts = slices.Delete(c.ghosts, ghost, ghost+1)
	}
	for len(c.small)+len(c.main) == c.capacity {
		if smallest := max(1, c.capacity/10); len(c.small) >= smallest || len(c.main) == 0 {
			c.evictSmall(c.capacity - smallest)
		} else {
			c.evictMain()
		}
	}
	c.visits[key] = 0
	if ghost >= 0 {
		c.main = append(c.main, key)
	} else {
		c.small = append(c.small, key)
	}
	return false
}

func (c *naiveS3FIFO) evictSmall(ghosts int) {
	for evicted := false; !evicted && len(c.small) > 0; {
		tail := c.small[0]
		c.small = c.small[1:]
		if c.visits[tail] > 0 {
			c.visits[tail] = 0
			c.main = append(c.main, tail)
			continue
		}
		delete(c.visits, tail)
		c.ghosts = append(c.ghosts, tail)
		c.ghosts = c.ghosts[max(0, len(c.ghosts)-ghosts):]
		evicted = true
	}
}

func (c *naiveS3FIFO) evictMain() {
	for {
		tail := c.main[0]
		c.main = c.main[1:]
		if c.visits[tail] == 0 {
			delete(c.visits, tail)
			return
		}
		c.visits[tail]--
		c.main = append(c.main, tail)
	}
}

// The small queue has two places. It holds 20, which was hit, and 21, which was not, so 22 evicts 21, and not a key of the
// main queue.
func TestS3FIFOEvictsFromTheQueueThatItHasChosen(t *testing.T) {
	p, err := hitratio.New("s3-fifo", 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	var keys []uint64
	for key := range uint64(20) {
		keys = append(keys, key+1)
	}
	for key := range uint64(18) {
		keys = append(keys, key+1, key+1)
	}
	keys = append(keys, 21, 20, 20, 22, 21)
	hits, last := 0, false
	for _, key := range keys {
		if last = p.Access(key); last {
			hits++
		}
	}
	if hits != 38 || last {
		t.Errorf("there are %d hits, want 38; the last access is a hit: %v", hits, last)
	}
}
