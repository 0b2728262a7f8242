package history

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// pacer is the clock of a history, and says who goes when.
type pacer interface {
	// now reads the clock.
	now() moment
	// turn lets others go before what is about to be done for an operation.
	turn(of paced, what string)
	// overtaken gives others some time to make changed report true.
	overtaken(of paced, changed func() bool)
	// run runs the workers, and returns when all have.
	run(workers []func())
	// finish lets those that are left run as they may.
	finish()
}

// paced says which operation of a history a context belongs to.
type paced struct {
	pacer  pacer
	worker int
	number int
}

type pacedKey struct{}

// Interleaved returns a cache over inner, at each of whose calls and answers others may go first if it comes from
// a history: a part of a stack that is made of several, so that histories differ in what happens between two calls of
// it. It panics if inner is nil.
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

// After lets those that waited for one another come back together.
func (interleaving[K]) After(_ context.Context, call ctxcache.Call[K], p paced, _ ctxcache.Outcome) {
	if p.pacer != nil {
		p.pacer.turn(p, string(call.Op)+" answered")
	}
}

// freePace lets goroutines run as they may, and gives way now and then.
type freePace struct{ clock atomic.Uint64 }

func (p *freePace) now() moment { return moment(p.clock.Add(1)) }

func (p *freePace) turn(paced, string) {
	if rand.Uint32()%4 == 0 {
		runtime.Gosched()
	}
}

// turnsOfLoad is how often an overtaken load gives way, at most: every goroutine may be in one.
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
