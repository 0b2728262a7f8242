// Package grpc stands for google.golang.org/grpc.
package grpc

// Call is what options change.
type Call struct{ User string }

// CallOption is an option of a call. Only this package implements it.
type CallOption interface{ before(call *Call) }

type asUser string

func (u asUser) before(call *Call) { call.User = string(u) }

// AsUser stands for an option with credentials.
func AsUser(name string) CallOption { return asUser(name) }

// Apply applies options to a new call.
func Apply(opts []CallOption) Call {
	call := Call{}
	for _, option := range opts {
		option.before(&call)
	}
	return call
}
