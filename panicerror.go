package cached

import (
	"fmt"
	"runtime/debug"
)

// PanicError is the error that every caller of a load gets if the load panicked. The panic itself is recovered, so the
// process goes on. To let the process end, panic with this error.
type PanicError struct {
	Value any    // the argument of panic
	Stack []byte // the stack of the load's goroutine, as runtime/debug.Stack prints it
}

// newPanicError returns the error of a panic. The deferred function that recovered must call it, because the stack
// still shows the panic then.
func newPanicError(value any) *PanicError {
	return &PanicError{Value: value, Stack: debug.Stack()}
}

// Error returns a message with the panic's value, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("load panicked: %v", e.Value) }

// Unwrap returns the panic's value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
