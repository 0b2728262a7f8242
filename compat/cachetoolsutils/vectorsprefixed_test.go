package cachetoolsutils_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
	"github.com/ctxcache/cached/ctxcache"
)

func runPrefixed(ctx context.Context, c *vectors.Prefixed) error {
	switch prefix := c.Prefix.Value.(type) {
	case string:
		store := cachetoolsutils.DictCache[string, string]()
		cache := cachetoolsutils.PrefixedCache[key](store, prefix)
		return runPrefixes(ctx, store, cache, c.Key.Value, c.StoredKey.Value, c.Error)
	case []byte:
		store := cachetoolsutils.DictCache[octet, string]()
		cache := cachetoolsutils.PrefixedBytesCache[key](store, prefix)
		stored, _ := c.StoredKey.Value.([]byte)
		return runPrefixes(ctx, store, cache, c.Key.Value, octet(stored), c.Error)
	}
	return fmt.Errorf("unknown type of prefix %T", c.Prefix.Value)
}

func runAutoPrefixed(ctx context.Context, c *vectors.AutoPrefixed) error {
	separator, _ := c.Sep.Value.(string)
	options, err := c.Options(separator)
	if err != nil && c.Error != "" {
		return nil
	}
	store := cachetoolsutils.DictCache[string, string]()
	cache := cachetoolsutils.AutoPrefixedCache[key](store, options)
	return errors.Join(err, runPrefixes(ctx, store, cache, c.Key.Value, c.StoredKey.Value, c.Error))
}

// runPrefixes writes through cache, and reads the stored key from its store.
func runPrefixes[K comparable](
	ctx context.Context, store ctxcache.Cache[K, string], cache ctxcache.Cache[key, string], object, stored value, wantErr string,
) error {
	k, err := cachetoolsutils.KeyOf(object)
	if err != nil {
		return err
	}
	if done, err := expected(wantErr, cache.Set(ctx, k, "here", 0)); done {
		return err
	}
	want, ok := stored.(K)
	if !ok {
		return fmt.Errorf("the stored key is a %T", stored)
	}
	got, err := store.Get(ctx, want)
	if err := errors.Join(err, equal("the value under the stored key", got, "here")); err != nil {
		return err
	}
	got, err = cache.Get(ctx, k)
	return errors.Join(err, equal("the value", got, "here"))
}
