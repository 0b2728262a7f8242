package twolevel

import (
	"sync"

	"github.com/ctxcache/cached/internal/own"
)

// The choices of this file. Far removes a value atomically, so it reports the value to one of several callers. Near does
// the same with its copy. If caller A finds the value in far, and caller B finds only the copy of it in near, both would
// report the same value. So B has to know about A. Waiting for A would be wrong: A may wait for a far that hangs. Here
// callers only leave notes for each other:
//
//  (1) Far reported a value to A, and A had not returned when B began. The copy that B finds is a copy of that value,
//      so B reports nothing.
//  (2) Far has not answered A when B has found the copy. B leaves the answer to A and reports nothing. A reports the
//      value that far had, or else the copy.

// removals are the calls of Remove that are under way. The zero value has none.
type removals[K comparable] struct {
	mu   sync.Mutex
	keys map[K]*removing
}

// removing has the calls of Remove of one key that are under way. The lock of removals guards it.
type removing struct {
	calls  int  // the calls under way
	asking int  // the calls that far has not answered
	found  int  // how many values were reported
	recent int  // how many of found were reported by calls that are still under way
	left   bool // a call has found a copy in near, and left the answer to those that are asking
}

// removal is one call of Remove.
type removal[K comparable] struct {
	all    *removals[K]
	key    K
	of     *removing
	before int  // how many values were reported by calls that had ended when this one began
	was    bool // this call reports a value
}

// begin notes that a call begins. FarAnswered and end must follow.
func (r *removals[K]) begin(key K) *removal[K] {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.keys[key]
	if of == nil {
		if r.keys == nil {
			r.keys = make(map[K]*removing)
		}
		of = new(removing)
		r.keys[own.Copy(key)] = of // another call may end last
	}
	of.calls++
	of.asking++
	return &removal[K]{all: r, key: key, of: of, before: of.found - of.recent}
}

// farAnswered notes whether far had a value. If far failed, inFar is false.
func (r *removal[K]) farAnswered(inFar bool) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	r.of.asking--
	if inFar || r.of.left && r.of.asking == 0 { // (2)
		r.report()
	}
}

// end notes that the call ends, and returns what it reports. InNear says whether near had a copy.
func (r *removal[K]) end(inNear bool) (was bool) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	of := r.of
	switch {
	case r.was || !inNear || of.found > r.before: // (1)
	case of.asking > 0:
		of.left = true // (2)
	default:
		r.report()
	}
	if r.was {
		of.recent--
	}
	if of.calls--; of.calls == 0 {
		delete(r.all.keys, r.key)
	}
	return r.was
}

func (r *removal[K]) report() {
	r.was = true
	r.of.found++
	r.of.recent++
	r.of.left = false
}
