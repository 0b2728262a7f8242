package calls

import (
	"runtime"
	"sync"
)

// Together runs the parts of one call at the same time. The zero value is ready. Wait must be called once, at the end.
type Together struct {
	running sync.WaitGroup

	mu       sync.Mutex
	panicked any  // the value of the first panic; nil without one
	exited   bool // whether a function called runtime.Goexit
}

// Go runs fn on a goroutine of its own.
func (t *Together) Go(fn func()) {
	t.running.Go(func() {
		returned := false
		defer func() {
			value := recover()
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.panicked == nil {
				t.panicked = value
			}
			t.exited = t.exited || value == nil && !returned
		}()
		fn()
		returned = true
	})
}

// Wait waits until all functions have ended. If one of them panicked, Wait panics with the value of the first panic. If
// one of them called [runtime.Goexit], so does Wait.
func (t *Together) Wait() {
	t.running.Wait()
	switch {
	case t.panicked != nil:
		panic(t.panicked)
	case t.exited:
		runtime.Goexit()
	}
}
