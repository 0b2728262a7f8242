package sim_test

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// operation is a step that a process carries out.
type operation struct {
	step     step
	stack    *stack
	versions map[string]int // the source's versions when it began, or the versions that it writes
	begun    moment

	cancelled bool // whether its caller has left
	died      bool // whether its process has ended
	missed    bool // whether far may have missed it without an error, because of Resilient
	forgotten bool // whether its process has ended before far got what it had missed

	// The operation's goroutine writes these.
	values map[string]value // the values that it read
	err    error

	over  moment
	ended bool
}

// do carries out a step.
func (w *world) do(s step) {
	n := w.nodes[s.node]
	switch s.kind {
	case farDown:
		w.note("far", "is down", "", noNumber)
		w.downs++
		w.figures.outages++
		w.owe(s.lasts, w.up)
	case farLost:
		w.note("far", "is down, with its channel", "", noNumber)
		w.downs++
		w.figures.outages++
		w.lost++
		for _, l := range slices.Clone(w.channel.links) {
			l.end(errOutage)
		}
		w.owe(s.lasts, func() { w.lost--; w.up() })
	case cutWatch:
		for _, l := range slices.Clone(w.channel.links) {
			if l.client.node == s.node {
				l.end(errCut)
			}
		}
	case muteWatch:
		w.note(n.stack.client.name(), "hears nothing", "", noNumber)
		n.mutes++
		w.owe(s.lasts, func() { n.mutes-- })
	case restart:
		w.note(n.stack.client.name(), "restarts", "", noNumber)
		n.restart()
	case evictNear:
		w.note(n.stack.client.name(), "evicts all", "", noNumber)
		w.must(n.stack.near.evict(w.ctx))
	default:
		w.begin(n.stack, s)
	}
}

func (w *world) up() {
	w.downs--
	w.upSince = w.moment()
	w.note("far", "is up", "", noNumber)
}

// begin begins an operation.
func (w *world) begin(s *stack, do step) {
	w.figures.operations++
	op := &operation{step: do, stack: s, begun: w.moment(), versions: make(map[string]int)}
	for _, key := range do.keys {
		op.versions[key] = w.source.last(key).version
		w.note(s.client.name(), "begins "+string(do.kind), key, do.id)
		if do.isWrite() {
			op.versions[key] = w.source.write(key, op)
			w.note("source", "has now", key, op.versions[key])
		}
	}
	w.forgets(op)
	s.running[op] = true
	w.due++ // until the operation ends
	ctx, cancel := context.WithCancel(s.ctx)
	if do.cancel > 0 {
		w.owe(do.cancel, func() {
			if op.ended {
				return
			}
			op.cancelled = true
			if do.kind == loadMany || w.variant.allOptions { // with all options, a load may have its lease before it has a slot
				for _, key := range do.keys {
					w.loads.left(key)
				}
			}
			w.note(s.client.name(), "cancels", "", do.id)
			cancel()
		})
	}
	go func() {
		defer cancel()
		op.values, op.err = op.run(context.WithValue(ctx, stepID{}, do.id))
		w.handIn(func(in *inbox) { in.ended = append(in.ended, op) })
	}()
}

func (op *operation) run(ctx context.Context) (map[string]value, error) {
	s, keys := op.stack, op.step.keys
	switch op.step.kind {
	case get:
		v, err := s.function.Get(ctx, keys[0])
		return got(keys[0], v, err)
	case refresh:
		v, err := s.function.Refresh(ctx, keys[0])
		return got(keys[0], v, err)
	case getMany:
		if s.client.world.variant.allOptions {
			return s.getMany(ctx, keys)
		}
		found, err := ctxcache.GetEntries(ctx, s.cache, keys)
		return valuesOf(found), err
	case loadMany:
		return s.loadMany(ctx, keys)
	case remove:
		_, err := s.function.Delete(ctx, keys[0])
		return nil, err
	case set:
		return nil, ctxcache.SetEntry(ctx, s.cache, keys[0], value{keys[0], op.versions[keys[0]]}.entry(s.client.world.variant.valueTTL()))
	case setMany:
		entries := make(map[string]entry)
		for key, version := range op.versions {
			entries[key] = value{key, version}.entry(s.client.world.variant.valueTTL())
		}
		return nil, ctxcache.SetEntries(ctx, s.cache, entries)
	case removeMany:
		return nil, ctxcache.DeleteMany(ctx, s.cache, keys)
	default:
		return nil, s.function.Clear(ctx)
	}
}

// absent is the version of a value that is read from a negative entry. The entry does not say which version it is.
const absent = -1

func valueOf(key string, e entry) value {
	if e.Absent {
		return value{key, absent}
	}
	return e.Value
}

func valuesOf(entries map[string]entry) map[string]value {
	values := make(map[string]value)
	for key, e := range entries {
		values[key] = valueOf(key, e)
	}
	return values
}

// got returns the result of a cached function as values.
func got(key string, v value, err error) (map[string]value, error) {
	if err != nil && err != ctxcache.ErrNotFound {
		return nil, err
	}
	return map[string]value{key: valueOf(key, entry{Value: v, Meta: ctxcache.Meta{Absent: err != nil}})}, nil
}

// getMany gets keys by the cached function. A key that is not in the answer is not at the source.
func (s *stack) getMany(ctx context.Context, keys []string) (map[string]value, error) {
	values, err := s.function.GetMany(ctx, keys)
	if _, some := errors.AsType[*ctxcache.ManyError[string]](err); err != nil && !some {
		return nil, err
	}
	for _, key := range keys {
		if _, ok := values[key]; !ok && ctxcache.KeyError(err, key) == nil {
			values[key] = value{key, absent}
		}
	}
	return values, err
}

// loadMany gets keys. It loads the absent ones one after the other, with the leases of one call.
func (s *stack) loadMany(ctx context.Context, keys []string) (map[string]value, error) {
	entries, leases, err := ctxcache.GetLeases(ctx, s.cache, keys, 0)
	values := valuesOf(entries)
	for _, key := range slices.Sorted(maps.Keys(leases)) {
		if !leases[key].Granted() {
			continue
		}
		v, loadErr := s.load(ctx, batchOp, key)
		e := entry{Value: v, Meta: ctxcache.Meta{Absent: loadErr == ctxcache.ErrNotFound, TTL: s.client.world.variant.valueTTL()}}
		if loadErr == nil || e.Absent {
			values[key] = valueOf(key, e)
			if loadErr = ctxcache.Fill(ctx, s.cache, key, leases[key], e); loadErr == nil {
				continue
			}
		}
		released := ctxcache.Release(context.WithoutCancel(ctx), s.cache, key, leases[key])
		for _, failed := range []error{loadErr, released} {
			if failed != ctxcache.ErrLeaseLost {
				err = errors.Join(err, failed)
			}
		}
	}
	return values, err
}

// forgets is called when an operation begins and when it ends. If the operation deletes keys, nobody may join the loads
// of these keys that run on its node.
func (w *world) forgets(op *operation) {
	keys := op.step.keys
	switch op.step.kind {
	case clearAll:
		keys = keyNames
	case remove:
	default:
		return
	}
	for _, key := range keys {
		w.loads.deleted(op.stack.client, key, w.moment())
	}
}

// end records the end of an operation, and checks its result.
func (w *world) end(op *operation) {
	w.due--
	op.over, op.ended = w.moment(), true
	op.missed = w.variant.resilient && op.step.isWrite() && !w.wasUpDuring(op)
	delete(op.stack.running, op)
	w.forgets(op)
	outcome := "ends"
	if op.err != nil {
		outcome = "fails at"
	}
	for _, key := range op.step.keys {
		if v, ok := op.values[key]; ok {
			w.note(op.stack.client.name(), "has read", key, v.version)
		}
	}
	w.note(op.stack.client.name(), outcome, "", op.step.id)
	w.check(op)
}

// failed reports whether the operation may have had no effect on key, or may still have it later.
func (op *operation) failed(key string) bool {
	return op.died || op.forgotten || ctxcache.KeyError(op.err, key) != nil
}
