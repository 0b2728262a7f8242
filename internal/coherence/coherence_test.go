package coherence_test

import (
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// full is the environment variable that asks for everything that make coherence does.
const full = "CACHED_COHERENCE"

// size is how long a run is.
type size struct {
	reads  int           // before the cut
	after  int           // after it
	cut    time.Duration // how long a node is cut off
	places []func(*testing.T) place
}

func sizeOf() size {
	if os.Getenv(full) == "full" {
		return size{1_000_000, 100_000, 10 * time.Second, []func(*testing.T) place{oneServer, sentinels, cluster}}
	}
	return size{20_000, 5_000, 500 * time.Millisecond, []func(*testing.T) place{oneServer}}
}

func TestCoherence(t *testing.T) {
	s := sizeOf()
	for _, start := range s.places {
		p := start(t)
		t.Run(p.name, func(t *testing.T) {
			w := newWorld(t, p, func(far cache) cache { return far })
			w.fails(w.reads(s.reads, "together"))
			w.cut(s.cut)
			w.fails(w.reads(s.after, "after the cut"))
		})
	}
}

// A far that loses events is found out.
func TestCoherenceFindsLostEvents(t *testing.T) {
	w := newWorld(t, oneServer(t), func(far cache) cache {
		return &losing{Forward: ctxcache.NewForward(far, ctxcache.Description{Kind: "losing"})}
	})
	if old := w.reads(20_000, "with lost events"); len(old) == 0 {
		t.Error("no old read was found, although events are lost")
	}
}

// losing is a far that loses 15 % of its events, and does not notice that.
type losing struct {
	ctxcache.Forward[string, []byte]
}

func (c *losing) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return c.Forward.Watch(ctx, func(e ctxcache.Event) {
		if e.Gap || rand.IntN(100) >= 15 {
			fn(e)
		}
	})
}

// world is a run: nodes that read and change keys, until the test ends.
type world struct {
	t      *testing.T
	place  place
	ledger *ledger
	nodes  []*node

	ctx             context.Context // ends with the run
	process, server stalls
}

const (
	keyCount = 100
	readers  = 2                    // of each node
	pace     = time.Millisecond     // between two batches of reads
	batch    = 4                    // reads at a time
	changing = 4 * time.Millisecond // between two changes of a node
)

func newWorld(t *testing.T, p place, far func(cache) cache) *world {
	ctx, end := context.WithCancel(context.Background()) // the goroutines end before the clients are closed
	w := &world{t: t, place: p, ledger: newLedger(keyCount), ctx: ctx}
	for i, name := range names() {
		w.nodes = append(w.nodes, newNode(t, name, p.clients[i], w.ledger, far))
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		end()
		running.Wait()
	})
	running.Go(func() { w.process.watchProcess(ctx) })
	running.Go(func() { w.server.watchServer(ctx, p.foreign) })
	for _, n := range w.nodes {
		n.awaitFar(ctx, t)
		running.Go(func() { w.repeat(changing, func() error { return n.change(ctx) }) })
		for range readers {
			running.Go(func() { w.repeat(pace, func() error { return w.readSome(n) }) })
		}
	}
	running.Go(func() { w.repeat(changing, func() error { return changeForeign(ctx, p.foreign, w.ledger) }) })
	return w
}

// repeat calls do again and again, until the run ends.
func (w *world) repeat(every time.Duration, do func() error) {
	for w.ctx.Err() == nil {
		if err := do(); err != nil && w.ctx.Err() == nil {
			w.t.Errorf("a call failed: %v", err)
		}
		select {
		case <-time.After(every):
		case <-w.ctx.Done():
		}
	}
}

func (w *world) readSome(n *node) error {
	for range batch {
		if err := n.read(w.ctx); err != nil {
			return err
		}
	}
	return nil
}

// reads waits for so many reads, and returns those that were too old.
func (w *world) reads(count int, what string) []oldRead {
	w.t.Helper()
	began, before := time.Now(), w.ledger.count() // during a cut, the other nodes have read on
	for w.ledger.count() < before+count {
		time.Sleep(pace)
	}
	time.Sleep(10 * time.Millisecond) // a stall that is not over yet is noted
	reads, old, oldest := w.ledger.take(&w.process, &w.server)
	hits, misses := w.near()
	w.t.Logf("%s, %s: %d reads in %v (near: %d hits, %d misses), %d older than %v and the stalls; the oldest %v; longest stall %v, slowest ping %v",
		w.place.name, what, reads, time.Since(began).Round(time.Millisecond), hits, misses, len(old), bound, oldest.Round(time.Microsecond),
		w.process.worst().Round(time.Millisecond), w.server.worst().Round(time.Millisecond))
	return old
}

// near returns the hits and misses of all near caches.
func (w *world) near() (hits, misses uint64) {
	for _, n := range w.nodes {
		stats, err := ctxcache.GetStats(w.ctx, n.near)
		if err != nil {
			w.t.Error(err)
		}
		hits, misses = hits+stats.Hits, misses+stats.Misses
	}
	return hits, misses
}

// fails fails the test if there are old reads.
func (w *world) fails(old []oldRead) {
	w.t.Helper()
	for i, r := range old {
		if i == 10 {
			w.t.Errorf("and %d more", len(old)-i)
			return
		}
		w.t.Error(r)
	}
}

// cut cuts the first node off for a while. Others change keys meanwhile. It returns when far answers the node again,
// about all slots. No call of the node is under way at the end of the cut: it might fail after that, and begin another
// outage.
func (w *world) cut(lasts time.Duration) {
	w.t.Helper()
	n := w.nodes[0]
	n.calls.Lock() // its last change has ended
	n.apart.Store(true)
	n.calls.Unlock()
	ctx, end := context.WithTimeout(w.ctx, lasts)
	defer end()
	w.place.apart(ctx)
	n.calls.Lock()
	defer n.calls.Unlock()
	w.place.restore()
	n.awaitFar(w.ctx, w.t)
	n.apart.Store(false)
}
