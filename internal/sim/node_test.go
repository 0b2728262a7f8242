package sim_test

import (
	"context"
	"sync"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// node is a place where processes run, one after the other.
type node struct {
	number int
	world  *world
	stack  *stack
	mutes  int // how many faults make its channel lose everything
}

// stack is everything that a process has.
type stack struct {
	client   *client
	near     *nearCache
	cache    cache
	function *cached.Function[string, value]
	ctx      context.Context // ends with the process
	end      context.CancelFunc
	running  map[*operation]bool
}

// start starts a process. Life is how often the node was restarted.
func (n *node) start(life int) {
	w := n.world
	s := &stack{client: newClient(w, n.number, life), near: newNear(w), running: make(map[*operation]bool)}
	s.ctx, s.end = context.WithCancel(w.ctx)
	s.cache = twolevel.New(w.variant.overNear(s.near), w.variant.overClient(s.client), &twolevel.Options{
		NearTTL: nearTTL, Coherent: !w.variant.incoherent, Resilient: w.variant.resilient, OutageTTL: outageTTL,
	})
	over, opts := &turns{ctxcache.NewForward(s.cache, double), s.client}, w.variant.options()
	if w.variant.allOptions {
		s.function = cached.Bulk(over, s.loadAll, opts)
	} else {
		s.function = cached.Func(over, func(ctx context.Context, key string) (value, error) {
			return s.load(ctx, loadOp, key)
		}, opts)
	}
	n.stack = s
	synctest.Wait()
}

// load asks the source for key.
func (s *stack) load(ctx context.Context, op ctxcache.Operation, key string) (value, error) {
	return ask(ctx, s.client, op, key, func(context.Context) (value, error) {
		v := s.client.world.source.last(key)
		s.client.world.note(s.client.name(), "the source returns", key, v.version)
		if isAbsent(v.version) {
			return value{}, ctxcache.ErrNotFound
		}
		return v, nil
	}, nil)
}

// loadAll asks the source for keys, at the same time.
func (s *stack) loadAll(ctx context.Context, keys []string) (map[string]value, error) {
	found, failed := make(map[string]value), make(map[string]error)
	var mu sync.Mutex // guards found and failed
	var all sync.WaitGroup
	for _, key := range keys {
		all.Go(func() {
			v, err := s.load(ctx, loadOp, key)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				found[key] = v
			} else {
				failed[key] = err
			}
		})
	}
	all.Wait()
	return found, ctxcache.NewManyError(failed)
}

// restart ends the process at once, with all that it has, and starts another one.
func (n *node) restart() {
	w, s := n.world, n.stack
	w.figures.restarts++
	for op := range s.running {
		op.died = true
	}
	w.forget(s)
	for _, key := range keyNames {
		w.excuse(key)
	}
	s.client.dead = true
	for c := range s.client.pending {
		c.answer(errDead)
	}
	s.end()
	w.calm()
	w.unbatch()
	n.stop()
	w.calm()
	n.start(s.client.life + 1)
}

// unbatch lets loads end that wait to be batched, and those that wait for their slots.
func (w *world) unbatch() {
	for range w.variant.options().MaxQueued {
		time.Sleep(w.variant.options().CoalesceFor)
		w.calm()
	}
}

// calm waits until all consequences of a process's end are over. It takes no virtual time.
func (w *world) calm() {
	for w.quiet() {
	}
}

// stop closes the stack. Nothing may be in progress.
func (n *node) stop() {
	w, s := n.world, n.stack
	s.end()
	if err := s.function.Close(s.ctx); err != nil {
		w.violated("leftovers", "loads of node %d still run: %v", n.number, err)
	}
	w.must(ctxcache.Close(s.cache))
	synctest.Wait()
	killed := w.variant.resilient && s.client.dead // what far has missed dies with the process
	if held := s.client.held.count(); held != 0 && !killed {
		w.violated("leftovers", "node %d has %d leases of far that it never released", n.number, held)
	}
	if held := s.near.held(); held != 0 {
		w.violated("leftovers", "node %d has %d leases of near that it never released", n.number, held)
	}
}
