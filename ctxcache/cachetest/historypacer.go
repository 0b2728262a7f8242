package cachetest

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

// paced tells which operation of a history a context is of.
type paced struct {
	pacer  pacer
	worker int
	number int
}

type pacedKey struct{}

// Interleaved returns a cache over inner, at each of whose calls and answers others may go first if it comes from
// a [History]: a part of a stack that is made of several, so that histories differ in what happens between two calls of
// it. It panics if inner is nil.
func Interleaved[K comparable, V any](inner ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	return Hooked(inner, func(ctx context.Context, call Call[K], next func() error) error {
		p, ok := ctx.Value(pacedKey{}).(paced)
		if !ok {
			return next()
		}
		p.pacer.turn(p, string(call.Operation))
		err := next()
		p.pacer.turn(p, string(call.Operation)+" answered") // those who waited for one another come back together
		return err
	})
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
