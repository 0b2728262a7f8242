//go:build go1.26

// Package generic has a generic interface whose methods are cached.
package generic

import (
	"cmp"
	"context"
)

//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type tree -methods Get=get:,Many=many: -o cached.go

type tree[K cmp.Ordered, V any] interface {
	Get(ctx context.Context, key K) (V, error)
	Many(ctx context.Context, keys ...K) (map[K]V, error)
	Put(ctx context.Context, key K, value V) error
}
