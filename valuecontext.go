package cached

import "context"

// valueContext is a context with one more value. It does what a context of context.WithValue does. But it can be a field of
// what it carries, and then it needs no allocation.
type valueContext struct {
	context.Context
	key, value any
}

// Value returns the value of key.
func (c *valueContext) Value(key any) any {
	if key == c.key {
		return c.value
	}
	return c.Context.Value(key)
}
