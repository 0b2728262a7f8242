package sim_test

import (
	"github.com/ctxcache/cached/ctxcache"
)

// check checks the result of an operation that has ended.
func (w *world) check(op *operation) {
	if op.died {
		return
	}
	if op.err != nil && !op.cancelled && (w.variant.resilient || w.wasUpDuring(op)) {
		w.violated("errors", "step %d fails for no reason: %v", op.step.id, op.err)
	}
	for _, key := range op.step.keys {
		if v, ok := op.values[key]; ok {
			w.figures.reads++
			w.checkRead(op, key, v)
		}
	}
}

// wasUpDuring reports whether far was up all the time during an operation that has just ended.
func (w *world) wasUpDuring(op *operation) bool { return !w.isDown() && w.upSince.before(op.begun) }

// noticed reports whether the node of by cannot have missed that by has overwritten a value when op read it. While far is
// down, a cached function knows only what was deleted by itself. It may then return what a load has read that began before.
func (w *world) noticed(by, op *operation) bool {
	return by.step.kind == remove || by.step.kind == clearAll || w.wasUpDuring(op)
}

// checkRead checks a value that was read. If the operation read that there is none, it is enough that one version says
// so and may be read.
func (w *world) checkRead(op *operation, key string, got value) {
	if got.version != absent {
		if v := w.judge(op, key, got); v != nil {
			w.add(*v)
		}
		return
	}
	worst := newViolation("values", "node %d reads that there is no %s, which nobody ever said", op.step.node, key)
	for i := range w.source.versions[key] {
		if !isAbsent(i) {
			continue
		}
		v := w.judge(op, key, value{key, i})
		if v == nil {
			return
		}
		worst = *v
	}
	w.add(worst)
}

// judge returns what is wrong with reading a version, or nil. Another operation may have overwritten the version and
// ended without an error. Then the read must not have begun more than staleBound later. If that operation was on the
// same node, and that noticed it, or if the read is a refresh, the read must not have begun later at all. Whether or not that operation
// failed, the limit is lastBound. An operation overwrites a version only if it began after the version's writer had
// ended: of two concurrent writers, either may come last.
func (w *world) judge(op *operation, key string, got value) *violation {
	wrong := func(kind, format string, args ...any) *violation {
		v := newViolation(kind, "node %d reads %s %d in step %d, "+format,
			append([]any{op.step.node, key, got.version, op.step.id}, args...)...)
		return &v
	}
	versions := w.source.versions[key]
	if got.key != key || got.version >= len(versions) {
		return wrong("values", "which is %v", got)
	}
	if op.step.kind == refresh && got.version < op.versions[key] {
		return wrong("stale", "a refresh that began when the source had %d", op.versions[key])
	}
	settled := versions[got.version].settled(key)
	for i := got.version + 1; i < len(versions); i++ {
		by := versions[i].writer
		before := settled
		if sameMissed(versions[got.version].writer, by, op, key) {
			before = versions[got.version].writer.over
		}
		if !by.ended || by.failed(key) || by.begun.before(before) || !by.over.before(op.begun) {
			continue
		}
		age := op.begun.at - by.over.at
		switch {
		case by.step.node == op.step.node && w.noticed(by, op):
			return wrong("stale", "and has itself written %d in step %d", i, by.step.id)
		case age > w.bound(by, op):
			return wrong("stale", "%v after step %d has written %d", age, by.step.id, i)
		}
	}
	if got.version+1 < len(versions) && settled.at < op.begun.at {
		age := op.begun.at - max(settled.at, versions[got.version+1].written)
		if age > w.variant.lastBound() {
			return wrong("recovery", "%v after it was overwritten at the source", age)
		}
	}
	return nil
}

// checkLeases checks that every lease can be granted when nothing is in progress.
func (w *world) checkLeases() {
	for _, key := range keyNames {
		for _, n := range w.nodes {
			w.checkLease(n.stack.near.memory, key, n.stack.client.name())
		}
		if w.excused[key] <= w.now() {
			w.checkLease(w.far, key, "far")
		}
	}
}

func (w *world) checkLease(c cache, key, where string) {
	_, l, err := ctxcache.GetLease(w.ctx, c, key, ctxcache.NoExpiry)
	if !l.Granted() {
		w.violated("leftovers", "a lease of %s is left in %s: %v", key, where, err)
		return
	}
	w.must(ctxcache.Release(w.ctx, c, key, l))
}

// checkCopies checks at the end of a run that far and the nodes have the same values as the source.
func (w *world) checkCopies(keys []string) {
	for _, key := range keys {
		want := w.source.last(key)
		for _, n := range w.nodes {
			if w.variant.incoherent || w.channel.reaches(n.stack.client) { // a near that does not follow far is not read
				w.checkCopy(n.stack.near.memory, want, n.stack.client.name())
			}
		}
		w.checkCopy(w.far, want, "far")
	}
}

func (w *world) checkCopy(c cache, want value, where string) {
	got, err := ctxcache.GetEntry(w.ctx, c, want.key)
	switch {
	case err == ctxcache.ErrMiss:
	case err != nil && err != ctxcache.ErrNotFound:
		w.must(err)
	case valueOf(want.key, got) != valueOf(want.key, want.entry(valueTTL)):
		w.violated("recovery", "%s has %v of %s, and the source has %v", where, valueOf(want.key, got).version, want.key, want.version)
	}
}
