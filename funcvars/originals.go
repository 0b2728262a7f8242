package funcvars

import (
	"reflect"
	"runtime"
	"sync"
	"weak"
)

// replacements are the functions that Replace and ReplaceFields have put into variables, so that they are known when they
// come again. It keeps none of them alive.
var replacements = registry{known: make(map[uintptr]weak.Pointer[Handle])}

// registry finds the Handle of a function by the function's address. A Handle holds its function, so as long as
// there is the one, no other function can have that address.
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
		if r.known[address] == self { // and not a successor's at the same address
			delete(r.known, address)
		}
	}, address)
}

// original returns the function behind fn if fn is a replacement, and fn if it is not.
func (r *registry) original(fn reflect.Value) reflect.Value {
	r.mu.Lock()
	self := r.known[addressOf(fn)]
	r.mu.Unlock()
	if h := self.Value(); h != nil {
		return h.original
	}
	return fn
}

// addressOf returns the address of what a func value points to, its code and its captured variables: unlike the
// address of the code alone, which reflect.Value.Pointer returns, it differs from one replacement to the next.
func addressOf(fn reflect.Value) uintptr {
	variable := reflect.New(fn.Type())
	variable.Elem().Set(fn)
	return *(*uintptr)(variable.UnsafePointer())
}
