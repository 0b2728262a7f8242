package memcached

import (
	"fmt"
	"runtime/debug"

	"github.com/ctxcache/cached/ctxcache"
)

// connection names a connection of the user in errors.
const connection = "a connection of DialContext"

// guarded calls fn, which is a function of the user. A panic becomes an error, and so does runtime.Goexit: gomemcache
// also dials, reads and writes on goroutines of its own, where a panic would end the process, and Goexit would leave the
// caller waiting for ever. Goexit cannot be stopped, so fn has a goroutine of its own. It ends before guarded returns.
func guarded[T any](function string, fn func() (T, error)) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	ended := make(chan outcome, 1)
	go func() {
		o := outcome{err: ctxcache.Discreet(function+" ended its goroutine", nil)}
		defer func() {
			if value := recover(); value != nil {
				o.err = panicked(function, value)
			}
			ended <- o
		}()
		o.result, o.err = fn()
	}()
	o := <-ended
	return o.result, o.err
}

// panicked returns the error for a panic of the user's function. The message does not show the panic's value, which may
// contain a key. The cause shows the value and the stack.
func panicked(function string, value any) error {
	return ctxcache.Discreet(function+" panicked", fmt.Errorf("panic: %v\n\n%s", value, debug.Stack()))
}
