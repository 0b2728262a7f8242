package cachetoolsutils

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// FuncKey makes the key of a call of its positional arguments. It is the type of the option Key of funcvars.Replace and
// funcvars.ReplaceFields, where the prefix of the function comes before the key. In Python, cacheFunctions and
// cacheMethods do the same.
//
// An argument that is not a [Value], such as a struct, is [ctxcache.ErrKey], unless the key is JSON and only this value
// has it: see [JSONKey]. Names of arguments are not known in Go: Python shares the entry only if it passes the arguments
// without names.
type FuncKey = func(ctx context.Context, args []any) (string, error)

var _ = []FuncKey{HashFuncKey, TypedFuncKey, JSONFuncKey, FullHashFuncKey}

// HashFuncKey is the [FuncKey] of functions without a key function in Python, and of functions with hashkey or methodkey:
// the str() of [HashKey].
func HashFuncKey(_ context.Context, args []any) (string, error) {
	return strKey(HashKey(Args(args...)))
}

// TypedFuncKey is the [FuncKey] of functions with typedkey or typedmethodkey: the str() of [TypedKey].
func TypedFuncKey(_ context.Context, args []any) (string, error) {
	return strKey(TypedKey(Args(args...)))
}

// JSONFuncKey is the [FuncKey] of functions with json_key or hash_json_key: [JSONKey].
func JSONFuncKey(_ context.Context, args []any) (string, error) {
	return refusedKey(JSONKey(Args(args...)))
}

// FullHashFuncKey is the [FuncKey] of functions with full_hash_key: [FullHashKey].
func FullHashFuncKey(_ context.Context, args []any) (string, error) {
	return refusedKey(FullHashKey(Args(args...)))
}

func strKey(key Tuple) (string, error) { return refusedKey(storedStr(key)) }

// refusedKey makes an error an ErrKey.
func refusedKey(key string, err error) (string, error) {
	if err != nil {
		return "", fmt.Errorf("%w: %w", ctxcache.ErrKey, err)
	}
	return key, nil
}
