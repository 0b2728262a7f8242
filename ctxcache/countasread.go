package ctxcache

import "context"

// CountAsRead returns ctx as the context of a GetLease or GetLeases that is the first read of its keys. A cache that counts
// reads counts these. It does not count other GetLeases, because their callers have read before and missed, or are about
// to write. Two levels use it for far: a cached function over them reads near first, and then asks for a lease at once.
func CountAsRead(ctx context.Context) context.Context {
	return context.WithValue(ctx, countAsReadKey{}, true)
}

// CountsAsRead reports whether a GetLease or GetLeases under ctx counts as a read: see [CountAsRead].
func CountsAsRead(ctx context.Context) bool {
	counts, _ := ctx.Value(countAsReadKey{}).(bool)
	return counts
}

// countedAlready returns ctx as the context of another GetLease for a read that has been counted.
func countedAlready(ctx context.Context) context.Context {
	if !CountsAsRead(ctx) {
		return ctx
	}
	return context.WithValue(ctx, countAsReadKey{}, false)
}

type countAsReadKey struct{}

// leaseOp returns the operation that a GetLease or GetLeases under ctx counts as: lease, or read if it is the first read.
func leaseOp(ctx context.Context, lease, read Operation) Operation {
	if CountsAsRead(ctx) {
		return read
	}
	return lease
}
