package tracing

import (
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// resultOf returns the result of an operation, one of the constants Result....
func resultOf[K comparable](op ctxcache.Operation, outcome ctxcache.Outcome) string {
	switch op {
	case ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetLease:
		return readResult(outcome.Err)
	case ctxcache.OpContains, ctxcache.OpRemove:
		return presentResult(outcome.Was, outcome.Err)
	case ctxcache.OpFillMany, ctxcache.OpReleaseMany:
		if outcome.Err != nil && ctxcache.UnlessLost[K](outcome.Err) == nil {
			return ResultLost
		}
		return doneResult(outcome.Err)
	default:
		return doneResult(outcome.Err)
	}
}

// readResult returns the result of an operation that returns a value.
func readResult(err error) string {
	switch err {
	case nil:
		return ResultHit
	case ctxcache.ErrMiss:
		return ResultMiss
	case ctxcache.ErrNotFound:
		return ResultNegative
	default:
		return doneResult(err)
	}
}

// presentResult returns the result of an operation that reports whether there is a value.
func presentResult(present bool, err error) string {
	switch {
	case err != nil:
		return doneResult(err)
	case present:
		return ResultHit
	default:
		return ResultMiss
	}
}

// doneResult returns the result of an operation that only returns an error.
func doneResult(err error) string {
	switch err {
	case nil:
		return ResultOK
	case ctxcache.ErrLeaseLost:
		return ResultLost
	case errors.ErrUnsupported:
		return ResultUnsupported
	default:
		return ResultError
	}
}
