package ctxcache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
)

// DiscreetText returns a text for err that contains neither keys nor values. It is for logs and spans, which more people
// can read than the cache. Only these messages are shown:
//
//   - messages that [Discreet] was given,
//   - the errors of this package and of contexts, and [errors.ErrUnsupported],
//   - some errors of the standard library whose messages are constants, such as [io.EOF] and "connection refused".
//
// An [*Error] is shown as its layer, its operation, and the text of its cause. Any other error is shown as its type,
// followed by the text of the error that it wraps. If an error wraps several errors, the first three different texts are
// shown.
func DiscreetText(err error) string { return discreetText(err, maxDepth) }

const (
	maxDepth  = 16 // how deep DiscreetText unwraps: an error may wrap itself
	maxCauses = 3  // how many texts are shown of an error that wraps several errors
)

func discreetText(err error, depth int) string {
	if isConstant(err) {
		return err.Error()
	}
	name := fmt.Sprintf("%T", err)
	if depth == 0 {
		return name
	}
	if e, ok := err.(*Error); ok && e != nil {
		return e.Layer + " " + string(e.Op) + ": " + discreetText(e.Err, depth-1)
	}
	causes, cause := unwrapped(err)
	switch {
	case cause != nil:
		return name + ": " + discreetText(cause, depth-1)
	case len(causes) > 0:
		_, random := err.(manyError)
		return discreetTexts(causes, depth-1, random)
	default:
		return name
	}
}

// discreetTexts returns the texts of several errors, each once. It sorts them if their order is random.
func discreetTexts(errs []error, depth int, random bool) string {
	seen := make(map[string]bool)
	var texts []string
	for _, err := range errs {
		if text := discreetText(err, depth); !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	if random {
		slices.Sort(texts)
	}
	if len(texts) > maxCauses {
		texts = append(texts[:maxCauses], "...")
	}
	return strings.Join(texts, "; ")
}

// unwrapped returns the error that err wraps, or the errors, without those that are nil.
func unwrapped(err error) (causes []error, cause error) {
	// An Unwrap that panics, as for a nil pointer in an error, must not end a call that only wants to report it. The
	// error is then shown as its type.
	defer func() { _ = recover() }()
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return nil, e.Unwrap()
	case interface{ Unwrap() []error }:
		causes = slices.Clone(e.Unwrap())
		return slices.DeleteFunc(causes, func(err error) bool { return err == nil }), nil
	}
	return nil, nil
}

// constants are errors of the standard library whose messages are constants.
var constants = []error{
	errors.ErrUnsupported, context.Canceled, context.DeadlineExceeded,
	io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, os.ErrDeadlineExceeded,
}

// isConstant reports whether the message of err is a constant, of this package or of the standard library, or was given
// to Discreet.
func isConstant(err error) bool {
	switch err.(type) {
	case nil:
		return false
	case *discreetError, timeoutError:
		return true
	}
	t := reflect.TypeOf(err)
	errno := t.PkgPath() == "syscall" && t.Kind() == reflect.Uintptr // syscall.Errno, which not every system has
	return errno || slices.Contains(constants, err)
}
