package layers

// discreetError is an error of code that was given a key or a value and may quote it. Its text does not, since
// messages end up in logs; who asks with errors.As or errors.Is still gets the cause.
type discreetError struct {
	text  string
	cause error
}

func (e *discreetError) Error() string { return e.text }
func (e *discreetError) Unwrap() error { return e.cause }
