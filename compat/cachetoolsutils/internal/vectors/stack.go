package vectors

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// The types of a stack whose keys and values are dynamic, as in Python.
type (
	Key   = cachetoolsutils.Key
	Value = cachetoolsutils.Value
	Bytes = cachetoolsutils.Bytes
	Stack = ctxcache.Cache[Key, Value]
)

// stack returns the stack of a case over the servers, and a Closer for it.
func (s Servers) stack(c *Live) (stack Stack, closer io.Closer, err error) {
	if err := s.check(c); err != nil {
		return nil, nil, err
	}
	if len(c.Stack) == 0 {
		return nil, nil, errors.New("an empty stack")
	}
	stack, closer, err = s.innermost(c.Stack[0])
	for _, layer := range c.Stack[1:] {
		if err != nil {
			break
		}
		if stack, err = layer.over(stack); err != nil {
			err = fmt.Errorf("%s: %w", layer.Type, err)
		}
	}
	if err == nil && c.Call.Prefix != nil {
		stack, err = prefixed(stack, c.Call.Prefix.Value)
	}
	if err != nil {
		return nil, nil, errors.Join(err, closer.Close())
	}
	return stack, closer, nil
}

// open is a Closer that does nothing, because a Redis client does not belong to the stack.
type open struct{}

func (open) Close() error { return nil }

// innermost returns the layer that uses the server, and a Closer for it.
func (s Servers) innermost(l Layer) (Stack, io.Closer, error) {
	switch l.Type {
	case "RedisCache":
		if l.Raw {
			return pyredis.RawRedisCache[Key, Value](s.Redis, s.redisOptions(l)), open{}, nil
		}
		return pyredis.RedisCache[Key, Value](s.Redis, s.redisOptions(l)), open{}, nil
	case "PrefixedRedisCache":
		prefix, err := l.textPrefix()
		return pyredis.PrefixedRedisCache[Key, Value](s.Redis, prefix, s.redisOptions(l)), open{}, err
	case "StatsRedisCache":
		prefix, err := l.textPrefix()
		return pyredis.StatsRedisCache[Key, Value](s.Redis, prefix, s.redisOptions(l)), open{}, err
	case "MemCached":
		cache := pymemcached.MemCached[Key, Value](s.Memcached, s.memcachedOptions())
		return cache, cache, nil
	case "PrefixedMemCached":
		prefix, err := l.textPrefix()
		cache := pymemcached.PrefixedMemCached[Key, Value](s.Memcached, prefix, s.memcachedOptions())
		return cache, cache, err
	}
	return nil, open{}, fmt.Errorf("unknown innermost layer %q", l.Type)
}

// over returns the layer l over inner.
func (l Layer) over(inner Stack) (Stack, error) {
	switch l.Type {
	case "RedisCache", "PrefixedRedisCache", "StatsRedisCache":
		return l.nested(inner)
	case "EncryptedCache":
		typed := cachetoolsutils.Typed[Bytes, []byte](inner)
		encrypted, err := l.Encrypted(typed)
		if err != nil {
			return nil, err
		}
		return cachetoolsutils.Objects(encrypted), nil
	case "ToBytesCache":
		typed := cachetoolsutils.Typed[Bytes, []byte](inner)
		return cachetoolsutils.ToBytesCache[Key, Value](typed), nil
	case "BytesCache":
		typed := cachetoolsutils.Typed[string, string](inner)
		return cachetoolsutils.Objects(cachetoolsutils.BytesCache(typed)), nil
	case "PrefixedCache":
		return prefixed(inner, l.Prefix.Value)
	case "AutoPrefixedCache":
		options, err := l.Options(l.Sep)
		typed := cachetoolsutils.Typed[string, Value](inner)
		return cachetoolsutils.AutoPrefixedCache[Key](typed, options), err
	case "TwoLevelCache":
		return l.twoLevel(inner)
	case "StatsCache":
		return cachetoolsutils.StatsCache(inner, "stats"), nil
	case "LockedCache":
		return cachetoolsutils.LockedCache(func() Stack { return inner }), nil
	case "DebugCache":
		return cachetoolsutils.DebugCache(inner, slog.New(slog.DiscardHandler), "debug"), nil
	}
	return nil, errors.New("unknown layer")
}

// nested returns a layer of Redis over inner, another layer of Redis.
func (l Layer) nested(inner Stack) (Stack, error) {
	if l.Type == "RedisCache" && l.Raw { // this layer only changes the TTL
		return layers.Expiring(inner, layers.Expiry{Default: l.redisOptions().TTL}), nil
	}
	typed := cachetoolsutils.Typed[string, string](inner)
	if l.Type == "RedisCache" {
		return pyredis.NestedRedisCache[Key, Value](typed, l.redisOptions()), nil
	}
	prefix, err := l.textPrefix()
	stack := pyredis.NestedPrefixedRedisCache[Key, Value](typed, prefix, l.redisOptions())
	if l.Type == "StatsRedisCache" {
		stack = cachetoolsutils.StatsCache(stack, "redis")
	}
	return stack, err
}

// prefixed returns a PrefixedCache over inner. The prefix is a str or bytes.
func prefixed(inner Stack, prefix Value) (Stack, error) {
	switch prefix := prefix.(type) {
	case string:
		typed := cachetoolsutils.Typed[string, Value](inner)
		return cachetoolsutils.PrefixedCache[Key](typed, prefix), nil
	case []byte:
		typed := cachetoolsutils.Typed[Bytes, Value](inner)
		return cachetoolsutils.PrefixedBytesCache[Key](typed, prefix), nil
	}
	return nil, fmt.Errorf("a prefix that is neither str nor bytes: %T", prefix)
}

func (l Layer) twoLevel(second Stack) (Stack, error) {
	if l.First != "DictCache" {
		return nil, fmt.Errorf("unknown first level %q", l.First)
	}
	options := &cachetoolsutils.TwoLevelOptions{NearTTL: time.Minute, Resilient: l.Resilient}
	first := cachetoolsutils.DictCache[Key, Value]()
	return cachetoolsutils.TwoLevelCache(first, second, options), nil
}
