package guarded

import "github.com/sony/gobreaker/v2"

// State is the state of a circuit.
type State int

// The states.
const (
	Closed   = State(gobreaker.StateClosed)   // all calls go to the cache
	HalfOpen = State(gobreaker.StateHalfOpen) // the next read goes to the cache, as a probe; other calls are refused
	Open     = State(gobreaker.StateOpen)     // all calls are refused
)

// String returns "closed", "half-open" or "open".
func (s State) String() string { return gobreaker.State(s).String() }
