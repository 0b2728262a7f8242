package history

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// pacer is the clock of a history, and decides which goroutine goes next.
type pacer interface {
	// now reads the clock.
	now() moment
	// turn lets others go before the next step of an operation. what names the step.
	turn(of paced, what string)
	// overtaken gives others some time, until changed reports true.
	overtaken(of paced, changed func() bool)
	// run runs the workers, and returns when all of them have returned.
	run(workers []func())
	// finish lets the goroutines that are left run freely.
	finish()
}

// paced is the operation of a history to which a context belongs.
type paced struct {
	pacer  pacer
	worker int
	number int
}

type pacedKey struct{}

// Interleaved returns a cache over inner. At each call and each answer, it lets other goroutines of the history go
// first. Calls from outside of a history pass through. Wrap the parts of a stack with it. Histories then differ in what
// happens between two calls of the parts. It panics if inner is nil.
func Interleaved[K comparable, V any](inner ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	observed := ctxcache.NewObserved(inner, ctxcache.Description{Kind: "interleaved"}, ctxcache.Observer[K, paced](interleaving[K]{}))
	return &observed
}

// interleaving lets others go before each call and each answer.
type interleaving[K comparable] struct{}

func (interleaving[K]) Before(ctx context.Context, call ctxcache.Call[K]) (context.Context, paced) {
	p, ok := ctx.Value(pacedKey{}).(paced)
	if ok {
		p.pacer.turn(p, string(call.Op))
	}
	return ctx, p
}

// After takes a turn at the answer, because goroutines that waited for one another come back together.
func (interleaving[K]) After(_ context.Context, call ctxcache.Call[K], p paced, _ ctxcache.Outcome) {
	if p.pacer != nil {
		p.pacer.turn(p, string(call.Op)+" answered")
	}
}

// freePace lets goroutines run freely. It gives way now and then.
type freePace struct{ clock atomic.Uint64 }

func (p *freePace) now() moment { return moment(p.clock.Add(1)) }

func (p *freePace) turn(paced, string) {
	if rand.Uint32()%4 == 0 {
		runtime.Gosched()
	}
}

// turnsOfLoad is how often an overtaken load gives way at most. Every goroutine may be in a load.
const turnsOfLoad = 200

func (p *freePace) overtaken(_ paced, changed func() bool) {
	if rand.Uint32()%2 == 0 {
		return
	}
	for range turnsOfLoad {
		if changed() {
			return
		}
		runtime.Gosched()
	}
}

func (p *freePace) run(workers []func()) {
	var running sync.WaitGroup
	for _, worker := range workers {
		running.Go(worker)
	}
	running.Wait()
}

func (p *freePace) finish() {}
