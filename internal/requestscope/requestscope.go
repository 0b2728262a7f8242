package requestscope

import "context"

type key struct{}

// Hidden is a scope that a loader does not read from. What the loader writes must be forgotten there all the same.
type Hidden struct{ Scope any }

// With returns a context with this scope.
func With(ctx context.Context, scope any) context.Context {
	return context.WithValue(ctx, key{}, scope)
}

// Of returns the scope of ctx: what With was given, a Hidden, or nil.
func Of(ctx context.Context) any { return ctx.Value(key{}) }

// Hide returns a context for a loader, whose scope is hidden if ctx has one.
func Hide(ctx context.Context) context.Context {
	switch scope := Of(ctx).(type) {
	case nil, Hidden:
		return ctx
	default:
		return With(ctx, Hidden{scope})
	}
}
