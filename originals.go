package cached

import (
	"reflect"
	"runtime"
	"sync"
	"weak"
)

// wrappers are the functions that Funcs and Methods have put into variables, so that they are known when they come
// again. It keeps none of them alive.
var wrappers = registry{known: make(map[uintptr]weak.Pointer[Wrapped])}

// registry finds the Wrapped of a function by the function's address. A Wrapped holds its function, so as long as
// there is the one, no other function can have that address.
type registry struct {
	mu    sync.Mutex
	known map[uintptr]weak.Pointer[Wrapped]
}

// add registers w by the address of w.wrapper.
func (r *registry) add(w *Wrapped) {
	address, self := addressOf(w.wrapper), weak.Make(w)
	r.mu.Lock()
	r.known[address] = self
	r.mu.Unlock()
	runtime.AddCleanup(w, func(address uintptr) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.known[address] == self { // and not a successor's at the same address
			delete(r.known, address)
		}
	}, address)
}

// original returns the function behind fn if fn is a wrapper, and fn if it is not.
func (r *registry) original(fn reflect.Value) reflect.Value {
	r.mu.Lock()
	self := r.known[addressOf(fn)]
	r.mu.Unlock()
	if w := self.Value(); w != nil {
		return w.original
	}
	return fn
}

// addressOf returns the address of what a func value points to, its code and its captured variables: unlike the
// address of the code alone, which reflect.Value.Pointer tells, it differs from wrapper to wrapper.
func addressOf(fn reflect.Value) uintptr {
	variable := reflect.New(fn.Type())
	variable.Elem().Set(fn)
	return *(*uintptr)(variable.UnsafePointer())
}
