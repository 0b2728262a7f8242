package loads

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// kase is one thing to measure. A turn makes a loader, warms it up, and measures calls.
type kase struct {
	name       string
	goroutines int
	calls      int
	many       int  // keys of a call, 0 for a call for one key
	levels     bool // with a server
	near       bool // the keys are in memory, and not only in far
	fresh      bool // the keys are nowhere, so they are loaded
	together   bool // all goroutines ask for the same keys, in the same order
}

// cases returns what is measured.
func cases(o *Options) []kase {
	var all []kase
	if !o.LevelsOnly {
		all = casesAlone(o)
	}
	if !o.Alone {
		all = append(all, casesOfLevels(o)...)
	}
	return all
}

func casesAlone(o *Options) []kase {
	var all []kase
	for _, g := range o.Goroutines {
		all = append(
			all,
			kase{name: "hit", goroutines: g, calls: o.Calls, near: true},
			kase{name: "load", goroutines: g, calls: o.Calls / 5, fresh: true},
		)
	}
	crowd := o.Goroutines[len(o.Goroutines)-1]
	return append(
		all,
		kase{name: "the same absent keys", goroutines: crowd, calls: o.Calls / 5, fresh: true, together: true},
		kase{name: "many, hits", goroutines: 1, calls: o.Calls / o.Many, many: o.Many, near: true},
		kase{name: "many, loads", goroutines: 1, calls: o.Calls / 5 / o.Many, many: o.Many, fresh: true},
	)
}

func casesOfLevels(o *Options) []kase {
	far := max(o.Many, o.Calls/40)
	var all []kase
	for _, g := range o.Goroutines {
		all = append(
			all,
			kase{name: "two levels, near hit", goroutines: g, calls: o.Calls, near: true, levels: true},
			kase{name: "two levels, far hit", goroutines: g, calls: far, levels: true},
		)
	}
	return append(all, kase{name: "two levels, many, far hits", goroutines: 1, calls: far / o.Many, many: o.Many, levels: true})
}

// Name names the case with its setting.
func (k kase) String() string {
	if k.many > 0 {
		return fmt.Sprintf("%s, %d keys a call, %d goroutines", k.name, k.many, k.goroutines)
	}
	return fmt.Sprintf("%s, %d goroutines", k.name, k.goroutines)
}

// keysNear is how many keys the hits of near have.
const keysNear = 10_000

// turn measures one library.
func (k kase) turn(ctx context.Context, lib library, far *server) (sample rounds.Sample, err error) {
	keys := k.keys()
	s := &source{value: make([]byte, contender.ValueSize)}
	newLoader := func() (loader, error) {
		if k.levels {
			return lib.levels(2*len(keys), s, far)
		}
		return lib.near(2*len(keys), s)
	}
	if k.levels {
		if err := far.client.FlushDB(ctx).Err(); err != nil {
			return sample, err
		}
	}
	l, err := newLoader()
	if err != nil {
		return sample, err
	}
	warm := l
	defer func() { err = errors.Join(err, warm.close()) }()
	if !k.fresh {
		if err := all(ctx, l, keys); err != nil {
			return sample, err
		}
		if k.levels {
			if err := far.has(ctx, len(keys)); err != nil {
				return sample, err
			}
		}
	}
	if !k.fresh && !k.near {
		cold, failed := newLoader() // with an empty near
		if failed != nil {
			return sample, failed
		}
		defer func() { err = errors.Join(err, cold.close()) }()
		if l = cold; k.levels {
			if err := all(ctx, l, keys[:1]); err != nil { // it may have to connect first
				return sample, err
			}
		}
	}
	s.loads.Store(0)
	if k.together {
		s.wait = runtime.Gosched // so that the others come while it loads
	}
	return k.measure(ctx, l, s, keys)
}

// keys returns the keys that the calls ask for.
func (k kase) keys() []string {
	n := k.calls * max(1, k.many)
	if k.near {
		n = min(n, keysNear)
	}
	if k.together {
		n = max(1, n/k.goroutines)
	}
	keys := make([]string, max(n, k.many))
	for i := range keys {
		keys[i] = contender.StringKey(i)
	}
	return keys
}

// all asks for every key once.
func all(ctx context.Context, l loader, keys []string) error {
	for _, key := range keys {
		if _, err := l.get(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// measure measures the calls, and checks what they return and how many loads there were.
func (k kase) measure(ctx context.Context, l loader, s *source, keys []string) (rounds.Sample, error) {
	var failed atomic.Pointer[error]
	sample, _ := rounds.Measure(k.calls, k.goroutines, func(from, to int) int {
		at := from
		if k.together {
			at = 0
		}
		for range to - from {
			if err := k.call(ctx, l, keys, at); err != nil {
				first := err // on the heap, but only here
				failed.CompareAndSwap(nil, &first)
				return 0
			}
			at++
		}
		return 0
	})
	if err := failed.Load(); err != nil {
		return sample, *err
	}
	loads := int(s.loads.Load())
	sample.Loads = float64(loads) / float64(len(keys))
	if want := len(keys); k.fresh && loads < want || !k.fresh && loads > want/20 {
		return sample, fmt.Errorf("%d loads of %d keys: the calls were not what they should be", loads, len(keys))
	}
	return sample, nil
}

// call makes the call with number i.
func (k kase) call(ctx context.Context, l loader, keys []string, i int) error {
	if k.many == 0 {
		value, err := l.get(ctx, keys[i%len(keys)])
		if err == nil && len(value) != contender.ValueSize {
			err = fmt.Errorf("got a value of %d bytes", len(value))
		}
		return err
	}
	from := i * k.many % (len(keys) - k.many + 1)
	values, err := l.getMany(ctx, keys[from:from+k.many])
	if err == nil && len(values) != k.many {
		err = fmt.Errorf("got %d of %d values", len(values), k.many)
	}
	return err
}
