package cachetoolsutils_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
	"github.com/ctxcache/cached/ctxcache"
)

type (
	key   = cachetoolsutils.Key
	value = cachetoolsutils.Value
	octet = cachetoolsutils.Bytes
)

// runLocal runs a case that does not need a server.
func runLocal(ctx context.Context, kind any) error {
	switch c := kind.(type) {
	case *vectors.JSONKey:
		return runJSONKey(c)
	case *vectors.ToBytes:
		return runToBytes(ctx, c)
	case *vectors.BytesStore:
		return runBytesStore(ctx, c)
	case *vectors.BytesLoad:
		return runBytesLoad(ctx, c)
	case *vectors.EncryptedStore:
		return runEncryptedStore(ctx, c)
	case *vectors.EncryptedLoad:
		return runEncryptedLoad(ctx, c)
	case *vectors.Prefixed:
		return runPrefixed(ctx, c)
	case *vectors.AutoPrefixed:
		return runAutoPrefixed(ctx, c)
	}
	return fmt.Errorf("unknown kind of case: %T", kind)
}

func runJSONKey(c *vectors.JSONKey) error {
	arguments := vectors.Arguments(c.Args, c.Kwargs)
	json, err := cachetoolsutils.JSONKey(arguments)
	if done, err := expected(c.Error, err); done {
		return err
	}
	hash, err := cachetoolsutils.FullHashKey(arguments)
	if err != nil {
		return err
	}
	return errors.Join(same("json_key", []byte(json), c.JSONKey), same("full_hash_key", []byte(hash), c.FullHashKey))
}

func runToBytes(ctx context.Context, c *vectors.ToBytes) error {
	store := cachetoolsutils.DictCache[octet, []byte]()
	cache := cachetoolsutils.ToBytesCache[key, value](store)
	k, err := cachetoolsutils.KeyOf(c.Key.Value)
	if err != nil {
		return err
	}
	if done, err := expected(c.Error, cache.Set(ctx, k, c.Value.Value, 0)); done {
		return err
	}
	stored, err := store.Get(ctx, octet(c.StoredKey))
	if err := errors.Join(err, same("stored_value", stored, c.StoredValue)); err != nil {
		return err
	}
	loaded, err := cache.Get(ctx, k)
	return errors.Join(err, equal("loaded", loaded, c.Loaded.Value))
}

func runBytesStore(ctx context.Context, c *vectors.BytesStore) error {
	store := cachetoolsutils.DictCache[string, string]()
	cache := cachetoolsutils.BytesCache(store)
	if done, err := expected(c.Error, cache.Set(ctx, octet(c.Key), c.Value, 0)); done {
		return err
	}
	stored, err := store.Get(ctx, string(c.StoredKey))
	if err := errors.Join(err, same("stored_value", []byte(stored), c.StoredValue)); err != nil {
		return err
	}
	loaded, err := cache.Get(ctx, octet(c.Key))
	return errors.Join(err, same("value", loaded, c.Value))
}

func runBytesLoad(ctx context.Context, c *vectors.BytesLoad) error {
	store := cachetoolsutils.DictCache[string, string]()
	cache := cachetoolsutils.BytesCache(store)
	if err := store.Set(ctx, "", string(c.StoredValue), 0); err != nil {
		return err
	}
	loaded, err := cache.Get(ctx, "")
	if done, err := expected(c.Error, err); done {
		return err
	}
	return same("value", loaded, c.Value)
}

func runEncryptedStore(ctx context.Context, c *vectors.EncryptedStore) error {
	store := cachetoolsutils.DictCache[octet, []byte]()
	cache, err := c.Encrypted(store)
	if err == nil {
		err = cache.Set(ctx, octet(c.Key), c.Value, 0)
	}
	if done, err := expected(c.Error, err); done {
		return err
	}
	stored, err := store.Get(ctx, octet(c.StoredKey))
	if err := errors.Join(err, same("stored_value", stored, c.StoredValue)); err != nil {
		return err
	}
	loaded, err := cache.Get(ctx, octet(c.Key))
	return errors.Join(err, same("value", loaded, c.Value))
}

// runEncryptedLoad expects ErrMiss for an absent key and ErrCorrupt for a damaged value. Python has several errors for
// damage.
func runEncryptedLoad(ctx context.Context, c *vectors.EncryptedLoad) error {
	store := cachetoolsutils.DictCache[octet, []byte]()
	cache, err := c.Encrypted(store)
	if err != nil {
		return err
	}
	if c.StoredValue != nil {
		if err := store.Set(ctx, octet(c.StoredKey), *c.StoredValue, 0); err != nil {
			return err
		}
	}
	loaded, err := cache.Get(ctx, octet(c.Key))
	switch {
	case c.StoredValue == nil && err != ctxcache.ErrMiss:
		return fmt.Errorf("%v instead of a miss", err)
	case c.StoredValue != nil && c.Error != "" && !errors.Is(err, ctxcache.ErrCorrupt):
		return fmt.Errorf("%v instead of ErrCorrupt", err)
	case c.Error != "":
		return nil
	}
	return errors.Join(err, same("value", loaded, c.Value))
}

// expected compares err with the error that the case wants, or "" for none. It reports whether the case ends here,
// because it failed or was meant to fail, and returns the error of the case.
func expected(want string, err error) (done bool, _ error) {
	switch {
	case want == "":
		return err != nil, err
	case err == nil:
		return true, fmt.Errorf("no error instead of %s", want)
	case err == ctxcache.ErrMiss && want != "KeyError":
		return true, fmt.Errorf("a miss instead of %s", want)
	}
	return true, nil
}

func same(what string, got, want []byte) error {
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: %x instead of %x", what, got, want)
	}
	return nil
}

func equal(what string, got, want value) error {
	if !vectors.Equal(got, want) {
		return fmt.Errorf("%s: %#v instead of %#v", what, got, want)
	}
	return nil
}
