package cached

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

// PanicError is the error that every caller of a load gets if the load panicked. The panic itself is recovered, so the
// process goes on. To let the process end, panic with this error. It prints one line, and with %+v also the stack.
type PanicError struct {
	Value any    // the argument of panic
	Stack []byte // the stack of the load's goroutine, as runtime/debug.Stack prints it
}

// newPanicError returns the error of a panic. The deferred function that recovered must call it, because the stack
// still shows the panic then.
func newPanicError(value any) *PanicError {
	if p, ok := value.(batchPanicError); ok {
		return p.PanicError // with the stack of the loader
	}
	return &PanicError{Value: value, Stack: debug.Stack()}
}

// Error returns a message of one line with the panic's value, without the stack.
func (e *PanicError) Error() string {
	return strings.ReplaceAll(fmt.Sprintf("load panicked: %v", e.Value), "\n", "; ")
}

// Format prints what Error returns, and with %+v also the stack.
func (e *PanicError) Format(s fmt.State, verb rune) {
	if verb == 'v' && s.Flag('+') {
		_, _ = io.WriteString(s, e.Error()+"\n") // package fmt has nobody to report a failure to
		_, _ = s.Write(e.Stack)
		return
	}
	_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), e.Error()) // likewise
}

// Unwrap returns the panic's value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
