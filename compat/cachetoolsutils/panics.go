package cachetoolsutils

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// recovered makes a panic of a type's own method an error, in a deferred call. The error does not print the panic, which
// may quote the value.
func recovered(err *error) {
	if panicked := recover(); panicked != nil {
		*err = ctxcache.Discreet("a method of the type panicked", fmt.Errorf("panic: %v", panicked))
	}
}
