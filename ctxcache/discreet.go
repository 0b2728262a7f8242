package ctxcache

// Discreet returns an error that prints text, and unwraps to cause, which may be nil. It is for causes that may quote a
// key or a value, such as the error of a codec: messages end up in logs, and rule 3 keeps keys and values out of them.
//
// [DiscreetText] shows text, and shows the message of another error only if it knows that error. So without a cause,
// Discreet makes the errors of a layer's own whose messages are constants.
func Discreet(text string, cause error) error { return &discreetError{text, cause} }

type discreetError struct {
	text  string
	cause error
}

func (e *discreetError) Error() string { return e.text }
func (e *discreetError) Unwrap() error { return e.cause }
