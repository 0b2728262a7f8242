package memcached

import (
	"errors"
	"io"
	"syscall"
)

// A connection that breaks while it is idle fails only when it is used again. When a server has been restarted, all that
// are kept are broken, and each would fail one call. So a command that is harmless when it is repeated gets one more try.

// idleError says that a connection that had been used before was broken: it has not answered the last command at all.
type idleError struct{ err error }

func (e *idleError) Error() string { return e.err.Error() }
func (e *idleError) Unwrap() error { return e.err }

// failure returns err, which may be nil, as an idleError if it is one.
func (c *conn) failure(err error) error {
	if !c.used || c.answered || !broken(err) {
		return err
	}
	return &idleError{err}
}

// broken reports whether err says that the other side has closed the connection.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || // the latter over TLS
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// twice sends a command, and once more if its connection broke while it was idle. Then it first closes the connections
// that nobody uses, which may be broken, too.
func (s *store) twice(send func() error) error {
	err := send()
	if _, idle := errors.AsType[*idleError](err); !idle {
		return err
	}
	s.closeIdle()
	return send()
}

// outOfStep returns the error of an answer about a key that was not asked for. Its connection may bring another answer
// that is late, so it must not be used again. The client does not see that, and keeps it with those that nobody uses.
func (s *store) outOfStep() error {
	s.closeIdle()
	return errReply
}

// closeIdle closes the connections that nobody uses. The client makes new ones.
func (s *store) closeIdle() {
	_ = s.client.Close() // nobody needs these connections any more
}
