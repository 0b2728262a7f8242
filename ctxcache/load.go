package ctxcache

import "context"

// ForLoad returns call as the context of a GetLease whose lease is for a load that runs under load. A lease lives with
// the load, not with the call that asked for it: a layer that bounds the call by a timeout, and cancels it when it
// returns, would otherwise end the renewal of every lease. Contexts derived from the one returned keep the load.
func ForLoad(call, load context.Context) context.Context {
	return context.WithValue(call, forLoadKey{}, load)
}

// LoadContext returns the context of the load that a GetLease under ctx is for: the one given to [ForLoad], or ctx itself.
// A cache renews a lease until that context is done. If it can never be done, the lease is not renewed.
func LoadContext(ctx context.Context) context.Context {
	if load, ok := ctx.Value(forLoadKey{}).(context.Context); ok {
		return load
	}
	return ctx
}

type forLoadKey struct{}
