package cached

import (
	"context"
	"reflect"
)

// detach returns a context that ends when ctx ends, with the same cause, but has none of its values. Call the returned
// func when the context is not needed any more. See Options.Detach.
//
// Traced is the context that the Tracer has made of ctx. The values that it has added are kept: the span of the load. So
// what the loader does belongs to the load's trace, although it does not see the caller's identity.
func detach(ctx, traced context.Context) (context.Context, func()) {
	// Options.Detach asks for a context without the values of any caller.
	detached, cancel := context.WithCancelCause(context.Background())
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	end := func() { stop(); cancel(nil) }
	if same(traced, ctx) {
		return detached, end
	}
	return addedValues{detached, ctx, traced}, end
}

// addedValues is a context with the values that traced has, and from does not have.
type addedValues struct {
	context.Context
	from, traced context.Context
}

func (c addedValues) Value(key any) any {
	if own := c.Context.Value(key); own != nil { // package context finds its own contexts in this way
		return own
	}
	value := c.traced.Value(key)
	if value == nil || same(value, c.from.Value(key)) {
		return nil
	}
	return value
}

// same reports whether a and b are the same value. Values that cannot be compared count as the same if their types are:
// rather a value too few than one of the caller.
func same(a, b any) bool {
	if reflect.ValueOf(a).Comparable() && (b == nil || reflect.ValueOf(b).Comparable()) {
		return a == b
	}
	return reflect.TypeOf(a) == reflect.TypeOf(b)
}
