package cached

import (
	"fmt"
	"runtime/debug"
)

// PanicError is the error of every caller whose load panicked. The panic goes no further: the process lives on. To end
// it, panic with this error.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // the stack of the load's goroutine, as runtime/debug.Stack prints it
}

// newPanicError is called by the deferred function that recovered, while the stack still shows the panic.
func newPanicError(value any) *PanicError {
	return &PanicError{Value: value, Stack: debug.Stack()}
}

// Error returns the panic's value in words, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("load panicked: %v", e.Value) }

// Unwrap returns the panic's value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
