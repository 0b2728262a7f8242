package memory

import (
	"context"
	"hash/maphash"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
)

// layer names this cache in errors and statistics.
const layer = "memory"

// enter begins operation op on key: it returns the shard of key, locked, or the error of the operation.
func (c *Cache[K, V]) enter(ctx context.Context, op string, key K) (*shard[K, V], error) {
	if c.fragileKeys {
		if err := ctxcache.CheckKey(key); err != nil {
			return nil, c.reject(ctx, op, err)
		}
	}
	s := c.shardOf(key)
	if err := c.lock(ctx, op, s); err != nil {
		return nil, err
	}
	return s, nil
}

// lock locks s for operation op, or returns the error of the operation. The cache is asked whether it is closed under
// the lock: Close comes to every shard, so a write either comes before it and is dropped by it, or fails.
func (c *Cache[K, V]) lock(ctx context.Context, op string, s *shard[K, V]) error {
	if err := ctx.Err(); err != nil {
		return c.fail(op, err)
	}
	s.mu.Lock()
	if refusal := c.refused.Load(); refusal != nil {
		s.mu.Unlock()
		return c.fail(op, *refusal)
	}
	return nil
}

// reject returns the error of operation op, which cannot begin because of err: err, unless something outranks it.
func (c *Cache[K, V]) reject(ctx context.Context, op string, err error) error {
	if usable := c.usable(ctx); usable != nil {
		err = usable
	}
	return c.fail(op, err)
}

// usable returns why a call fails whatever it is about: a done context, bad options, a closed cache.
func (c *Cache[K, V]) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if refusal := c.refused.Load(); refusal != nil {
		return *refusal
	}
	return nil
}

// fail counts a failure and says where it happened.
func (c *Cache[K, V]) fail(op string, err error) error {
	c.errors.Add(1)
	return ctxcache.Fail(layer, op, err)
}

// shardOf returns the shard of key. The hash is seeded per cache, so that nobody can choose keys that meet in one
// shard.
func (c *Cache[K, V]) shardOf(key K) *shard[K, V] {
	if len(c.shards) == 1 {
		return &c.shards[0]
	}
	return &c.shards[maphash.Comparable(c.seed, key)&uint64(len(c.shards)-1)]
}

// fragile reports whether some values of type K are not equal to themselves (NaN) or cannot be hashed (a slice in an
// interface). Others, strings and integers among them, need no check.
func fragile[K comparable]() bool { return fragileType(reflect.TypeFor[K]()) }

func fragileType(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128, reflect.Interface:
		return true
	case reflect.Array:
		return fragileType(t.Elem())
	case reflect.Struct:
		for field := range t.Fields() {
			if fragileType(field.Type) {
				return true
			}
		}
	}
	return false
}
