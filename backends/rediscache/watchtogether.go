package rediscache

import (
	"runtime"
	"sync"
)

// outcomes is how functions have ended that ran together. A connection calls functions of the user, such as a Dialer.
// They may panic, and their panics are to reach the caller of Watch, as they do with one connection.
type outcomes struct {
	failed   bool
	err      error // of the first one that failed
	panicked any   // the value of a panic; nil without one
	exited   bool  // one of them has called runtime.Goexit
}

// end returns the error, or ends the goroutine as one of the functions has ended its own.
func (o outcomes) end() error {
	switch {
	case o.panicked != nil:
		panic(o.panicked)
	case o.exited:
		runtime.Goexit()
	}
	return o.err
}

// together calls fn with 0 to n-1, on goroutines of their own, and waits until all have ended. When the first one
// fails, it calls stop, which makes the others end.
func together(n int, fn func(i int) error, stop func()) (all outcomes) {
	var mu sync.Mutex
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			var err error
			returned := false
			defer func() {
				panicked := recover()
				mu.Lock()
				defer mu.Unlock()
				if returned && err == nil {
					return
				}
				if !all.failed {
					all = outcomes{true, err, panicked, !returned && panicked == nil}
				}
				stop()
			}()
			err = fn(i)
			returned = true
		})
	}
	running.Wait()
	return all
}
