package tracing

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Traced returns inner with a span for each of its operations, named "{operation} {name}"; see the package comment.
// Nil opts are the defaults. It supports what inner does, and starts nothing that would have to be closed.
// It panics if inner is nil.
func Traced[K comparable, V any](inner ctxcache.Cache[K, V], name string, opts *Options) ctxcache.Cache[K, V] {
	return &traced[K, V]{
		Forward: ctxcache.NewForward(inner),
		in: newInstrument(name, opts,
			opGet, opSet, opDelete, opContains, opRemove, opGetEntry, opSetEntry, opGetMany, opSetMany, opDeleteMany,
			opLease, opLeaseMany, opFill, opRelease, opLen, opClear, opKeys, opStats),
	}
}

// traced overrides every operation of Forward but Watch, StoredKey and Supports.
type traced[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	in *instrument
}

func (t *traced[K, V]) Get(ctx context.Context, key K) (V, error) {
	ctx, span := t.in.start(ctx, opGet)
	if span == nil {
		return t.Forward.Get(ctx, key)
	}
	defer span.end()
	span.key(key)
	value, err := t.Forward.Get(ctx, key)
	span.result(readResult(err), err)
	return value, err
}

func (t *traced[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	ctx, span := t.in.start(ctx, opSet)
	if span == nil {
		return t.Forward.Set(ctx, key, value, ttl)
	}
	defer span.end()
	span.key(key)
	err := t.Forward.Set(ctx, key, value, ttl)
	span.result(doneResult(err), err)
	return err
}

func (t *traced[K, V]) Delete(ctx context.Context, key K) error {
	ctx, span := t.in.start(ctx, opDelete)
	if span == nil {
		return t.Forward.Delete(ctx, key)
	}
	defer span.end()
	span.key(key)
	err := t.Forward.Delete(ctx, key)
	span.result(doneResult(err), err)
	return err
}

func (t *traced[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	ctx, span := t.in.start(ctx, opContains)
	if span == nil {
		return t.Forward.Contains(ctx, key)
	}
	defer span.end()
	span.key(key)
	present, err := t.Forward.Contains(ctx, key)
	span.result(presentResult(present, err), err)
	return present, err
}

func (t *traced[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	ctx, span := t.in.start(ctx, opRemove)
	if span == nil {
		return t.Forward.Remove(ctx, key)
	}
	defer span.end()
	span.key(key)
	was, err = t.Forward.Remove(ctx, key)
	span.result(presentResult(was, err), err)
	return was, err
}

// readResult is the result of an operation that answers with a value.
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

// presentResult is the result of an operation that answers whether there is a value.
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

// doneResult is the result of an operation that has nothing to answer but that it was done.
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
