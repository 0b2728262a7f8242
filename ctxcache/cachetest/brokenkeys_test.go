package cachetest_test

import (
	"bytes"
	"context"
	"errors"
	"hash"
	"hash/crc32"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenKeys returns caches that break rules 8 and 9: they take one key or value for another.
func brokenKeys() []broken {
	mapped := func(to func(string) string) func() cache {
		return func() cache { return mapsKeys{newMinimal(), to} }
	}
	cut := func(at int) func() cache {
		return mapped(func(key string) string { return key[:min(len(key), at)] })
	}
	hashed := func(newHash func() hash.Hash) func() cache {
		return mapped(func(key string) string {
			h := newHash()
			h.Write([]byte(key))
			return string(h.Sum(nil))
		})
	}
	return []broken{
		{
			name: "8 truncates keys", fails: []string{"Key*/Long", "Key*/LongFirst", "Key*/Longer"},
			new: mapped(func(key string) string { return key[max(len(key)-250, 0):] }),
		},
		{
			name: "8 cuts keys short", fails: []string{"Key*/Long", "Key*/Longer"},
			new: cut(250),
		},
		{name: "8 cuts keys at 4,096 bytes", new: cut(4096), fails: []string{"Key*/Longer"}},
		{name: "8 cuts keys at 65,535 bytes", new: cut(1<<16 - 1), fails: []string{"Key*/Longer"}},
		{
			name: "8 keeps CRC-32 of keys", fails: []string{"Key*/Hashes"},
			new: hashed(func() hash.Hash { return crc32.NewIEEE() }),
		},
		{
			name: "8 keeps FNV-1a of keys", fails: []string{"Key*/Hashes"},
			new: hashed(func() hash.Hash { return fnv.New32a() }),
		},
		{
			name: "8 keeps FNV-1 of keys", fails: []string{"Key*/Hashes"},
			new: hashed(func() hash.Hash { return fnv.New32() }),
		},
		{name: "8 keeps a hash by 33 of keys", new: mapped(polynomial(5381, 33)), fails: []string{"Key*/Hashes"}, within: "Key/H"},
		{name: "8 keeps a hash by 31 of keys", new: mapped(polynomial(0, 31)), fails: []string{"Key*/Hashes"}, within: "Key/H"},
		{
			name: "8 trims keys", fails: []string{"Key*/Space", "Key*/Empty", "Key*/Bytes"},
			new: mapped(strings.TrimSpace),
		},
		{
			name: "8 ignores case", fails: []string{"Key*/Case", "Key*/Bytes"},
			new: mapped(strings.NewReplacer("A", "a", "E", "e", "K", "k", "Y", "y").Replace),
		},
		{
			name: "8 repairs UTF-8", fails: []string{"Key*/InvalidUTF8", "Key*/Bytes"},
			new: mapped(func(key string) string { return strings.ToValidUTF8(key, "\uFFFD") }),
		},
		{
			name: "8 ends keys at a zero", fails: []string{"Key*/Empty", "Key*/Space", "Key*/Marker"},
			new: mapped(func(key string) string { key, _, _ = strings.Cut(key, "\x00"); return key }),
		},
		{
			name: "8 cleans paths", fails: []string{"Key*/Syntax"},
			new: mapped(func(key string) string { return strings.ReplaceAll(key, "//", "/") }),
		},
		{
			name: "8 refuses the empty key", new: func() cache { return refusesEmptyKey{newMinimal()} },
			fails: []string{"Key*/Empty"},
		},
		{
			name: "8 deletes by prefix", new: func() cache { return deletesByPrefix{newMinimal()} },
			fails: []string{"Key/*", "RemovalSpares/Delete*", "Many/Hundreds"},
			but:   []string{"Key/Bytes", "Key/Case", "Key/Unicode", "Key/LongFirst", "Key/Longer", "Key/Hashes"},
		},
		{
			name: "9 takes an empty value for a miss", new: func() cache { return emptyIsMiss{newMinimal()} },
			fails: []string{"Value/Empty/*", "Value/Nil/*"},
		},
		{
			name: "9 has a magic value", new: func() cache { return magicValue{newMinimal()} },
			fails: []string{"Value/Marker/*"},
		},
		{
			name: "9 reads JSON null", new: func() cache { return readsNull{newMinimal()} },
			fails: []string{"Value/Nothing/*"},
		},
		{
			name: "9 limits values", new: func() cache { return limitsValues{newMinimal()} },
			fails: []string{"Value/Long/*", "Value/Large/*"},
		},
		{
			name: "9 trims values", new: func() cache { return trimsValues{newMinimal()} },
			fails: []string{"Value/Answer/*", "Value/Text/*"},
		},
	}
}

// polynomial returns a hash with 32 bits: for each byte, it multiplies by factor and adds the byte.
func polynomial(start, factor uint32) func(key string) string {
	return func(key string) string {
		h := start
		for _, b := range []byte(key) {
			h = h*factor + uint32(b)
		}
		return strconv.Itoa(int(h))
	}
}

// mapsKeys maps different keys to the same key.
type mapsKeys struct {
	*minimal
	to func(string) string
}

func (c mapsKeys) Get(ctx context.Context, key string) ([]byte, error) {
	return c.minimal.Get(ctx, c.to(key))
}

func (c mapsKeys) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.minimal.Set(ctx, c.to(key), value, ttl)
}

func (c mapsKeys) Delete(ctx context.Context, key string) error {
	return c.minimal.Delete(ctx, c.to(key))
}

type refusesEmptyKey struct{ *minimal }

func (c refusesEmptyKey) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if key == "" {
		return errors.New("no key given")
	}
	return c.minimal.Set(ctx, key, value, ttl)
}

type deletesByPrefix struct{ *minimal }

func (c deletesByPrefix) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for stored := range c.items {
		if strings.HasPrefix(stored, key) {
			delete(c.items, stored)
		}
	}
	return nil
}

type emptyIsMiss struct{ *minimal }

func (c emptyIsMiss) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.minimal.Get(ctx, key)
	if err == nil && len(value) == 0 {
		err = ctxcache.ErrMiss
	}
	return value, err
}

type magicValue struct{ *minimal }

func (c magicValue) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.minimal.Get(ctx, key)
	if string(value) == "\x00N" {
		return nil, ctxcache.ErrNotFound
	}
	return value, err
}

type readsNull struct{ *minimal }

func (c readsNull) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.minimal.Get(ctx, key)
	if string(value) == "null" {
		value = nil
	}
	return value, err
}

type limitsValues struct{ *minimal }

func (c limitsValues) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.minimal.Set(ctx, key, value[:min(len(value), 1<<15)], ttl)
}

type trimsValues struct{ *minimal }

func (c trimsValues) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.minimal.Get(ctx, key)
	return bytes.TrimRight(value, "\r\n"), err
}
