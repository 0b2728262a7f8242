package rediscache

import "sync/atomic"

// sent is an argument of a command. It records whether go-redis has written the command to a connection, at least once.
// Errors do not say that: a command may be written, and the next try may find that the server is down. A command that was
// never written needs no undo, so a server that is down is not dialled a second time for it.
type sent struct {
	argument []byte
	written  *atomic.Bool
}

// MarshalBinary is called by go-redis when it writes the command. It returns the argument.
func (s sent) MarshalBinary() ([]byte, error) {
	s.written.Store(true)
	return s.argument, nil
}

// String returns the argument, for hooks that print commands.
func (s sent) String() string { return string(s.argument) }
