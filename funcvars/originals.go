package funcvars

import (
	"reflect"
	"runtime"
	"sync"
	"weak"
)

// replacements has the functions that Replace and ReplaceFields have put into variables, so that they are recognized if
// they are replaced again. It does not keep them alive.
var replacements = registry{known: make(map[uintptr]weak.Pointer[Handle])}

// registry finds the Handle of a function by the function's address. A Handle keeps its function alive, so no other
// function can have that address while the Handle exists. Its methods may be called concurrently.
type registry struct {
	mu    sync.Mutex
	known map[uintptr]weak.Pointer[Handle]
}

// add registers h by the address of its function.
func (r *registry) add(h *Handle) {
	address, self := addressOf(h.replacement), weak.Make(h)
	r.mu.Lock()
	r.known[address] = self
	r.mu.Unlock()
	runtime.AddCleanup(h, func(address uintptr) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.known[address] == self { // not the entry of a later function at the same address
			delete(r.known, address)
		}
	}, address)
}

// original returns the original of fn if fn is a replacement, and otherwise fn.
func (r *registry) original(fn reflect.Value) reflect.Value {
	r.mu.Lock()
	self := r.known[addressOf(fn)]
	r.mu.Unlock()
	if h := self.Value(); h != nil {
		return h.original
	}
	return fn
}

// addressOf returns the address of the data that a func value points to: its code and its captured variables. It
// differs between two replacements. reflect.Value.Pointer does not: it returns the address of the code, which they
// share.
func addressOf(fn reflect.Value) uintptr {
	variable := reflect.New(fn.Type())
	variable.Elem().Set(fn)
	return *(*uintptr)(variable.UnsafePointer())
}
