package cached

import (
	"context"

	"github.com/ctxcache/cached/internal/jsonkey"
)

// JSONKey returns args as a compact JSON array, such as [1,"a"], for use as a key. The keys of a map are sorted. The
// fields of a struct keep their order. A pointer counts as the value that it points to. Numbers of different types
// count as the same if they print the same.
//
// JSONKey returns a ctxcache.ErrKey for arguments that have no JSON, or that could have the same JSON as others:
// channels, functions, contexts, NaN, strings that are not valid UTF-8, an empty json.Number, interfaces inside of an
// argument, and structs with fields that JSON leaves out, such as unexported ones, or slices and maps with omitempty. A
// struct type that marshals itself is accepted. The error does not quote the arguments.
//
// The types of the arguments are not in the key. If an argument may have several, add its type:
//
//	key, err := cached.JSONKey(fmt.Sprintf("%T", shape), shape)
func JSONKey(args ...any) (string, error) { return jsonkey.Of(args...) }

// JSONKeyOf is [JSONKey] of one argument, as a function that fits [KeyedFunc]. Pass it without calling it; its A is
// inferred:
//
//	counts := cached.KeyedFunc(results, cached.JSONKeyOf, search, nil)
//
// The context is not part of the key. If A is an interface, JSONKeyOf returns a ctxcache.ErrKey, because values of
// different types may have the same JSON.
func JSONKeyOf[A any](_ context.Context, args A) (string, error) { return jsonkey.OfOne(args) }
