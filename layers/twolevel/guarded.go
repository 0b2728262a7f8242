package twolevel

import (
	"runtime/debug"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// guarded calls do on this goroutine, and then passes its error to ended. If do panics, the panic ends here, and
// ended gets a *cached.PanicError of op. If do ends the goroutine, ended gets cached.ErrGoexit, and the goroutine
// ends after that.
func guarded(op ctxcache.Operation, do func() error, ended func(error)) {
	err := cached.ErrGoexit
	defer func() {
		if r := recover(); r != nil {
			err = ctxcache.Fail(kind, op, &cached.PanicError{Value: r, Stack: debug.Stack()})
		}
		ended(err)
	}()
	err = do()
}

// alone is guarded on a goroutine of its own, and waits for it. So its caller goes on even if do ends the goroutine.
func alone(op ctxcache.Operation, do func() error) error {
	ended := make(chan error, 1)
	go guarded(op, do, func(err error) { ended <- err })
	return <-ended
}
