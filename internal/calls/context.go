package calls

import (
	"context"
	"errors"
	"net"
	"time"
)

// ContextError returns the error of ctx if ctx has ended, and otherwise nil. A connection with the deadline of ctx may
// time out a moment before ctx does. If err is such a timeout, ContextError returns context.DeadlineExceeded.
func ContextError(ctx context.Context, err error) error {
	if done := ctx.Err(); done != nil {
		return done
	}
	var timeout net.Error
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) && errors.As(err, &timeout) && timeout.Timeout() {
		return context.DeadlineExceeded
	}
	return nil
}
