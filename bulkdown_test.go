package cached_test

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func newInts() *memory.Cache[int, string] { return memory.New[int, string](nil) }

// downMany is a cache whose reads of many keys fail.
type downMany struct {
	ctxcache.Forward[int, string]
}

var errDown = errors.New("cache down")

func (*downMany) GetEntries(context.Context, []int) (map[int]ctxcache.Entry[string], error) {
	return nil, ctxcache.Fail("down", ctxcache.OpGetEntries, errDown)
}

func (*downMany) GetMany(context.Context, []int) (map[int]string, error) {
	return nil, ctxcache.Fail("down", ctxcache.OpGetEntries, errDown)
}

func (*downMany) GetValues(context.Context, []int) (values map[int]string, negative []int, err error) {
	return nil, nil, ctxcache.Fail("down", ctxcache.OpGetEntries, errDown)
}

// talkative is a cache whose answers for many keys have a value of a key that nobody asked for.
type talkative struct {
	*memory.Cache[int, string]
}

func (c talkative) GetValues(ctx context.Context, keys []int) (values map[int]string, negative []int, err error) {
	values, negative, err = c.Cache.GetValues(ctx, keys)
	values[-1] = "unasked"
	return values, negative, err
}
