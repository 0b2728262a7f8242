package faults_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

const (
	keysOfAKind = 48
	readers     = 3 // for each node
	readEvery   = 2 * time.Millisecond
	writeEvery  = 8 * time.Millisecond
)

// The direct keys are written and read directly. The others are keys of a cached function.
func directKey(i int) string   { return "direct" + strconv.Itoa(i) }
func functionKey(i int) string { return "function" + strconv.Itoa(i) }

func allKeys() []string {
	var keys []string
	for i := range keysOfAKind {
		keys = append(keys, directKey(i), functionKey(i))
	}
	return keys
}

// random returns a random key of a kind. Some are chosen much more often than others.
func random(key func(int) string) string {
	x := rand.Float64()
	return key(int(x * x * keysOfAKind))
}

// few returns n different keys of a kind, in the order of the oracle.
func few(key func(int) string, n int) []string {
	var keys []string
	for len(keys) < n {
		if k := random(key); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// requests counts calls.
type requests struct {
	sent, answered, failed atomic.Int64
	slowest                atomic.Int64 // a time.Duration
}

// do makes a call and counts it. A miss is an answer.
func (r *requests) do(call func() error) error {
	r.sent.Add(1)
	began := time.Now()
	err := call()
	took := int64(time.Since(began))
	for {
		slowest := r.slowest.Load()
		if took <= slowest || r.slowest.CompareAndSwap(slowest, took) {
			break
		}
	}
	if err == nil || err == ctxcache.ErrMiss {
		r.answered.Add(1)
	} else {
		r.failed.Add(1)
	}
	return err
}

// load is the callers of all nodes.
type load struct {
	s             *scene
	reads, writes requests

	stop, stopWrites chan struct{}
	running, writing sync.WaitGroup

	mu     sync.Mutex
	broken []string // failures that no fault excuses
}

func (s *scene) startLoad() *load {
	l := &load{s: s, stop: make(chan struct{}), stopWrites: make(chan struct{})}
	for _, n := range s.nodes {
		for range readers {
			l.running.Go(func() { every(readEvery, l.stop, func() { l.readOnce(n) }) })
		}
		l.writing.Go(func() { every(writeEvery, l.stopWrites, func() { l.writeOnce(n) }) })
	}
	return l
}

// every calls do at this pace, until stop is closed.
func every(pace time.Duration, stop chan struct{}, do func()) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			do()
		}
	}
}

// endWrites returns when all writes have ended.
func (l *load) endWrites() {
	close(l.stopWrites)
	l.writing.Wait()
}

// end returns when all reads have ended.
func (l *load) end() {
	close(l.stop)
	l.running.Wait()
}

// readOnce makes one random read. With Resilient, none fails.
func (l *load) readOnce(n *node) {
	ctx, o := l.s.t.Context(), l.s.oracle
	began := o.now()
	got := make(map[string]item)
	var keys []string
	err := l.reads.do(func() (err error) {
		switch rand.IntN(10) {
		case 0:
			keys = few(directKey, 4)
			got, err = ctxcache.GetMany(ctx, itemCache(n.stack), keys)
		case 1:
			keys = few(functionKey, 3)
			got, err = n.f.GetMany(ctx, keys)
		case 2, 3, 4, 5:
			key := random(functionKey)
			var v item
			if v, err = n.f.Get(ctx, key); err == nil {
				got[key] = v
			}
		default:
			key := random(directKey)
			var v item
			if v, err = n.stack.Get(ctx, key); err == nil {
				got[key] = v
			}
		}
		return err
	})
	if err != nil && err != ctxcache.ErrMiss {
		l.breaks("a read of node %d failed: %v", n.id, err)
	}
	for key, v := range got {
		o.read(n.id, key, began, v)
	}
}

// writeOnce makes one random write. During a fault it may fail.
func (l *load) writeOnce(n *node) {
	ctx, o := l.s.t.Context(), l.s.oracle
	excused := l.s.failing.Load()
	err := l.writes.do(func() error {
		switch rand.IntN(10) {
		case 0:
			return o.write(n.id, false, []string{random(directKey)}, func(items []item) error {
				return n.stack.Delete(ctx, items[0].Key)
			})
		case 1:
			return o.write(n.id, true, few(directKey, 2), func(items []item) error {
				return ctxcache.SetMany(ctx, itemCache(n.stack), map[string]item{items[0].Key: items[0], items[1].Key: items[1]}, hour)
			})
		case 2, 3, 4:
			return o.write(n.id, true, []string{random(directKey)}, func(items []item) error {
				return n.stack.Set(ctx, items[0].Key, items[0], hour)
			})
		default: // the oracle is the source: it has the new item now
			return o.write(n.id, false, []string{random(functionKey)}, func(items []item) error {
				_, err := n.f.Delete(ctx, items[0].Key)
				return err
			})
		}
	})
	if err != nil && !excused && !l.s.failing.Load() && !errors.Is(err, ctxcache.ErrTimeout) {
		l.breaks("a write of node %d failed without a fault: %v", n.id, err)
	}
}

func (l *load) breaks(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.broken) < 5 {
		l.broken = append(l.broken, fmt.Sprintf(format, args...))
	}
}
