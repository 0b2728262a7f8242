package sim_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// bound returns how long after by another node may read what by has overwritten, when op read it. Without Resilient, the
// channel alone counts: a write that far has missed has failed.
//
// With Resilient, a write that far has missed does not fail. Other nodes may read the old value until its node has
// deleted it in far, and from a near that works alone after that. And a node that far does not answer, and that has lost
// the channel, works alone with what it has.
func (w *world) bound(by, op *operation) time.Duration {
	switch {
	case !w.variant.resilient:
		return staleBound
	case by.missed && (w.isDown() || !w.upSince.before(op.begun)):
		return math.MaxInt64
	case by.missed: // the time from by to the end of the outage does not count
		return max(0, w.upSince.at-by.over.at) + replayBound + aloneBound
	case op.stack.client.health.mayBeAlone(op.begun.at):
		return aloneBound
	default:
		return staleBound
	}
}

// sameMissed reports whether the process of op has written both versions, the first of them without far. Such a write may
// take effect after the second one, but the process does not believe far about the key as long as that can happen.
func sameMissed(first, second, op *operation, key string) bool {
	return first != nil && first.missed && !first.failed(key) && first.stack == op.stack && second.stack == op.stack
}

// health is what far's answers say to a client. Only the scheduler uses it.
type health struct {
	down  [2]bool       // whether the last answer was a failure: of reads, and of writes
	ever  bool          // whether there was an outage
	until time.Duration // when the last outage ended
}

// heard notes an answer of far. A caller that has left does not hear it.
func (h *health) heard(c *call, err error) {
	if c.isLoad() || c.left {
		return
	}
	class := 1
	if c.op == ctxcache.OpGet || c.op == ctxcache.OpGetLease {
		class = 0
	}
	if err != nil || h.down[class] {
		h.ever, h.until = true, c.client.world.now()
	}
	h.down[class] = err != nil
}

// mayBeAlone reports whether near works alone at this time, or may have a copy from such a time: far's changes do not drop
// it if far did not have the value.
func (h *health) mayBeAlone(at time.Duration) bool {
	return h.down[0] || h.down[1] || h.ever && at-h.until <= aloneBound
}

// Timeouts returns for how long a write with an unknown outcome may still take effect.
func (c *client) Timeouts() ctxcache.Timeouts {
	if !c.world.variant.resilient {
		return ctxcache.Timeouts{}
	}
	return ctxcache.Timeouts{Late: maxEffect}
}

// lists reports whether s has keys that far has missed a change of.
func (w *world) lists(s *stack) bool {
	stats, err := ctxcache.GetStats(w.ctx, s.cache)
	w.must(err)
	return stats.Missed != 0
}

// forget is called when a process is about to end. If it has keys that far has missed a change of, far keeps the old
// values until they expire.
func (w *world) forget(s *stack) {
	if !w.variant.resilient || !w.lists(s) {
		return
	}
	for _, versions := range w.source.versions {
		for _, v := range versions {
			if v.writer != nil && v.writer.stack == s && v.writer.missed {
				v.writer.forgotten = true
			}
		}
	}
}

// replayAll waits until all nodes have deleted in far what far has missed.
func (w *world) replayAll() {
	if !w.variant.resilient {
		return
	}
	w.pass(replayBound)
	for _, n := range w.nodes {
		if w.lists(n.stack) {
			w.violated("leftovers", "node %d still lists keys that far has missed a change of", n.number)
		}
	}
}

// TestSimOfResilient is TestSim with Resilient, with and without the other options. A run also depends on the random
// pauses of the replay, so it is not a function of its seed.
func TestSimOfResilient(t *testing.T) {
	for _, v := range []variant{{resilient: true}, {resilient: true, allOptions: true}} {
		t.Run(fmt.Sprintf("allOptions=%v", v.allOptions), func(t *testing.T) {
			t.Parallel()
			simulateAll(t, v, planOf)
		})
	}
	t.Run("late writes", func(t *testing.T) {
		t.Parallel()
		simulateAll(t, variant{resilient: true}, latePlanOf)
	})
	t.Run("listed keys", func(t *testing.T) {
		t.Parallel()
		simulateAll(t, variant{resilient: true}, listedPlanOf)
	})
}

// latePlanOf returns the plan of a seed in which one node writes a value that takes effect late: it writes shortly before
// the end of an outage, writes again shortly after it, and reads.
func latePlanOf(seed uint64) plan {
	d := dice(seed).about("late plan")
	begin := d.upTo(time.Second)
	end := begin + 200*time.Millisecond
	first, second, last := set, []kind{remove, removeMany, setMany, clearAll}[d.IntN(4)], []kind{get, getMany, refresh}[d.IntN(3)]
	p := plan{seed: seed, nodes: 2, steps: []step{
		{id: 0, at: begin, kind: farDown, lasts: end - begin},
		{id: 1, at: end - d.upTo(60*time.Millisecond), kind: first},
		{id: 2, at: end + d.upTo(100*time.Millisecond), kind: second},
	}}
	for id := range 4 {
		at := end + 100*time.Millisecond + time.Duration(id)*200*time.Millisecond
		p.steps = append(p.steps, step{id: 3 + id, at: at + d.upTo(200*time.Millisecond), kind: last})
	}
	for i := range p.steps {
		if i > 0 {
			p.steps[i].keys = []string{"a"}
		}
	}
	return p
}

// listedPlanOf returns the plan of a seed. One node removes a key during an outage, so that the key is listed. Soon after the
// end it writes another key, so that it knows of the end. Then it reads the listed key.
func listedPlanOf(seed uint64) plan {
	d := dice(seed).about("listed plan")
	begin := 100*time.Millisecond + d.upTo(time.Second)
	end := begin + 200*time.Millisecond
	removed := []kind{remove, removeMany, setMany}[d.IntN(3)]
	p := plan{seed: seed, nodes: 2, steps: []step{
		{id: 0, at: 0, kind: set, keys: []string{"a"}},
		{id: 1, at: begin, kind: farDown, lasts: end - begin},
		{id: 2, at: begin + 50*time.Millisecond + d.upTo(100*time.Millisecond), kind: removed, keys: []string{"a"}},
		{id: 3, at: end + d.upTo(30*time.Millisecond), kind: set, keys: []string{"b"}},
	}}
	for id := range 4 {
		at := end + d.upTo(100*time.Millisecond)
		p.steps = append(p.steps, step{id: 4 + id, at: at, kind: []kind{get, getMany}[d.IntN(2)], keys: []string{"a"}})
	}
	slices.SortStableFunc(p.steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	return p
}
