package sim_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// value is what is cached.
type value struct {
	key     string
	version int
}

// world is a run: the nodes, and everything outside of them.
type world struct {
	schedule
	ctx     context.Context // ends with the run
	dice    dice
	variant variant
	history history
	figures figures
	found   []violation

	far     cache
	channel channel
	source  source
	loads   *loads
	nodes   []*node

	downs, lost int // how many faults make far down, and its channel lost
	upSince     moment
	readings    int
	excused     map[string]time.Duration // until when an orphaned lease may stand

	mu    sync.Mutex
	inbox inbox // guarded by mu
}

// inbox is what goroutines have handed in since the scheduler last looked.
type inbox struct {
	filled  []*nearCache
	left    []*call
	asked   []*call
	hungUp  []*link
	dialled []*link
	ended   []*operation
	told    []ctxcache.Event
	turns   []turn
}

func (in *inbox) empty() bool {
	return len(in.filled)+len(in.left)+len(in.asked)+len(in.hungUp)+len(in.dialled)+len(in.ended)+len(in.told)+len(in.turns) == 0
}

// handIn hands something in to the scheduler. Any goroutine may call it.
func (w *world) handIn(hand func(*inbox)) {
	w.mu.Lock()
	hand(&w.inbox)
	w.mu.Unlock()
	w.stir()
}

// take processes what was handed in. The order does not depend on which goroutine came first.
func (w *world) take() (something bool) {
	w.mu.Lock()
	in := w.inbox
	w.inbox = inbox{}
	w.mu.Unlock()
	if in.empty() {
		return false
	}
	for _, n := range in.filled {
		w.must(n.settle(w.ctx))
	}
	slices.SortFunc(in.ended, func(a, b *operation) int { return cmp.Compare(a.step.id, b.step.id) })
	for _, op := range in.ended {
		w.end(op)
	}
	for _, c := range in.left {
		c.leave()
	}
	for _, l := range in.hungUp {
		l.hangUp()
	}
	slices.SortFunc(in.asked, func(a, b *call) int {
		return cmp.Or(cmp.Compare(a.client.node, b.client.node), cmp.Compare(a.op, b.op), cmp.Compare(a.key, b.key))
	})
	for _, c := range in.asked {
		w.admit(c)
	}
	slices.SortFunc(in.dialled, func(a, b *link) int { return cmp.Compare(a.client.node, b.client.node) })
	for _, l := range in.dialled {
		w.channel.dial(l)
	}
	slices.SortFunc(in.turns, func(a, b turn) int { return cmp.Compare(a.step, b.step) })
	for _, t := range in.turns {
		if t.client.dead { // its process has ended, so nobody comes after it
			close(t.come)
			continue
		}
		w.owe(0, func() { close(t.come) })
	}
	for _, e := range in.told {
		w.channel.tell(e)
	}
	return true
}

// result is the outcome of a run.
type result struct {
	figures figures
	found   []violation
	history string // empty unless wanted
}

// simulate runs a plan in a bubble of its own.
func simulate(t *testing.T, p plan, v variant, wanted bool) (r result) {
	t.Helper()
	defer func() {
		if end := recover(); end != nil { // the bubble cannot end
			r.found = append(r.found, violation{"leftovers", fmt.Sprint("goroutines are left: ", end)})
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, p, v)
		w.history.wanted = wanted
		w.run(p)
		w.figures.seeds, w.figures.virtual, w.figures.violations = 1, w.now(), len(w.found)
		r = result{w.figures, w.found, w.history.String()}
	})
	return r
}

func newWorld(t *testing.T, p plan, v variant) *world {
	w := &world{
		ctx: t.Context(), dice: dice(p.seed), variant: v, source: newSource(), loads: newLoads(),
		excused: make(map[string]time.Duration),
	}
	w.schedule = schedule{born: time.Now(), alarm: time.NewTimer(0), stirs: make(chan struct{}, 1), settle: w.take}
	w.channel = channel{world: w, told: make(map[string]int)}
	w.far = v.overFar(memory.New(&memory.Options[string, value]{
		MaxEntries: memory.Unbounded, LeaseTTL: leaseTTL, Shards: 1,
		OnEvict: func(key string, _ value, cause memory.Cause) {
			if cause == memory.Expired {
				w.loads.changed(key)
			}
		},
	}))
	for i := range p.nodes {
		w.nodes = append(w.nodes, &node{number: i, world: w})
	}
	return w
}

// run carries out the plan. Then it waits until everything is at rest, checks, and ends the nodes.
func (w *world) run(p plan) {
	watching, stopWatching := context.WithCancel(w.ctx)
	defer stopWatching()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		_ = ctxcache.Watch(watching, w.far, func(e ctxcache.Event) {
			if !e.Gap { // the first event of a Watch is a gap
				w.handIn(func(in *inbox) { in.told = append(in.told, e) })
			}
		})
	}()
	for _, n := range w.nodes {
		n.start(0)
	}
	w.channel.beat()
	for _, s := range p.steps {
		w.owe(s.at, func() { w.do(s) })
	}
	w.finish()
	if w.hangs() {
		w.violated("leftovers", "%d operations, calls or faults never end", w.due)
		return
	}
	w.note("", "the last fault and the last write are over", "", noNumber)
	w.replayAll()
	w.checkLeases()
	w.pass(staleBound + 1)
	w.readAll(keyNames)
	clean, rest := w.source.invalidated(keyNames)
	w.checkCopies(clean)
	if len(rest) > 0 {
		w.pass(w.variant.lastBound() + 1)
		w.readAll(rest)
		w.checkCopies(rest)
	}
	if w.variant.allOptions {
		w.pass(behindBound)
	}
	for _, n := range w.nodes {
		n.stop()
	}
	stopWatching()
	<-watched
	synctest.Wait()
}

// readAll makes every node read keys.
func (w *world) readAll(keys []string) {
	for _, n := range w.nodes {
		for _, key := range keys {
			w.owe(0, func() { w.do(step{id: w.reading(), kind: get, node: n.number, keys: []string{key}}) })
		}
	}
	w.finish()
}

// reading returns an id for a step that was not planned.
func (w *world) reading() int {
	w.readings++
	return 100 + w.readings
}

func (w *world) isDown() bool { return w.downs > 0 }

// excuse allows a lease of key to stand until it runs out, because nobody can release it.
func (w *world) excuse(key string) {
	w.excused[key] = w.now() + leaseTTL
	w.loads.changed(key)
}

func (w *world) note(who, what, key string, n int) {
	w.history.note(w.now(), who, what, key, n)
}

// violation is a broken promise.
type violation struct{ kind, text string }

func newViolation(kind, format string, args ...any) violation {
	return violation{kind, kind + ": " + fmt.Sprintf(format, args...)}
}

func (w *world) add(v violation) {
	w.found = append(w.found, v)
	w.note("", brokenPromise+v.text, "", noNumber)
}

// brokenPromise begins the note of a violation. The violation's kind follows.
const brokenPromise = "VIOLATION "

func (w *world) violated(kind, format string, args ...any) {
	w.add(newViolation(kind, format, args...))
}

// must records a violation if err is not nil, because nothing explains such an error.
func (w *world) must(err error) {
	if err != nil {
		w.violated("errors", "%v", err)
	}
}
