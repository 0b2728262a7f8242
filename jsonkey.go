package cached

import (
	"context"

	"github.com/ctxcache/cached/internal/jsonkey"
)

// JSONKey returns args as a compact JSON array, such as [1,"a"], for use as a key. Objects have their keys
// sorted where they are maps, and in the order of their fields where they are structs.
//
// Arguments that might share their JSON with others are a ctxcache.ErrKey: channels, functions, contexts, NaN, strings
// that are not valid UTF-8, and structs with fields that JSON leaves out, unexported ones above all, unless the type
// marshals itself. Values in interfaces inside of an argument are not looked at. Pointers count as what
// they point to, and numbers of different types as the same if they print the same.
func JSONKey(args ...any) (string, error) { return jsonkey.Of(args...) }

// JSONKeyOf is [JSONKey] of one argument, in the shape that [KeyedFunc] wants. It is passed, not called, and its A is
// inferred:
//
//	counts := cached.KeyedFunc(results, cached.JSONKeyOf, search, nil)
//
// The context is not part of the key.
func JSONKeyOf[A any](_ context.Context, args A) (string, error) { return jsonkey.Of(args) }
