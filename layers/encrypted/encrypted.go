package encrypted

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// kind is the layer's name in descriptions and errors.
const kind = "encrypted"

// New returns a cache that hashes keys and encrypts values before it stores them in inner. The secrets for hashing and
// for encrypting are both derived from secret. Nil options mean the defaults. The package comment says which attacks
// this prevents and which it does not.
//
// If options make no sense or secret is zero, every call returns an error that wraps [ctxcache.ErrOptions]. A read of a
// stored value that this cache cannot decrypt returns an error that wraps [ctxcache.ErrCorrupt]. New panics if inner is
// nil.
func New(inner ctxcache.Cache[string, []byte], secret Secret, opts *Options) ctxcache.Cache[string, []byte] {
	if inner == nil {
		panic("encrypted: New needs an inner cache")
	}
	o := opts.withDefaults()
	err := opts.Validate()
	if err == nil && secret.zero() {
		err = fmt.Errorf("%w: %w", ctxcache.ErrOptions, errNoSecret)
	}
	if err != nil {
		return ctxcache.Invalid[string, []byte](o.describe(), err, ctxcache.NodeOf(inner))
	}
	hooks, err := sealingHooks(secret, o)
	if err != nil { // the program runs in a mode that does not allow the cipher, such as FIPS 140 only
		return ctxcache.Invalid[string, []byte](o.describe(), fmt.Errorf("%w: %w", ctxcache.ErrOptions, err), ctxcache.NodeOf(inner))
	}
	return &encrypted{ctxcache.NewMapped(inner, hooks)}
}

var errNoSecret = ctxcache.Discreet("secret was not made by NewSecret", nil)

// entry is an entry of this layer, or of the cache under it.
type entry = ctxcache.Entry[[]byte]

type encrypted struct {
	ctxcache.Mapped[string, []byte, string, []byte]
}

// Supports reports Clear at most for everything: hashes do not show which keys are in a narrower scope.
func (c *encrypted) Supports() ctxcache.Cap {
	caps := c.Mapped.Supports()
	scopes := caps.Scopes().And(ctxcache.ScopesWhole)
	if scopes == ctxcache.ScopesNone {
		caps &^= ctxcache.CapClear
	}
	return caps.In(scopes)
}

// Clear supports the scope of all keys only.
func (c *encrypted) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	if !scope.All() {
		return errors.ErrUnsupported
	}
	return c.Mapped.Clear(ctx, scope)
}

// sealingHooks returns the hooks that hash keys and seal values.
func sealingHooks(secret Secret, o Options) (ctxcache.Hooks[string, []byte, string, []byte], error) {
	hooks := ctxcache.Hooks[string, []byte, string, []byte]{About: o.describe(), OwnLeases: true}
	nameKey, err := o.keySecret(secret).derive("name", o.Namespace, maxHash)
	if err != nil {
		return hooks, err
	}
	all, err := newSealers(secret, o)
	if err != nil {
		return hooks, err
	}
	names, newest := newKeyedHash(nameKey, o.HashSize, o.TextKeys), &all[0]
	hooks.Key = func(key string) (string, error) { return names.of(key), nil }
	hooks.EncodeEntry = func(key string, e entry, _ *entry) (entry, error) {
		sealed, err := newest.seal(key, content{value: e.Value, end: endOf(e.Meta)})
		return entry{Value: sealed, Meta: e.Meta}, err
	}
	hooks.EncodeNegative = func(key string, m ctxcache.Meta) ([]byte, error) {
		return newest.seal(key, content{negative: true, end: endOf(m)})
	}
	hooks.Decode = func(key string, sealed []byte) ([]byte, error) {
		c, err := all.open(key, sealed)
		if err == nil && c.negative {
			err = ctxcache.ErrNotFound
		}
		return c.value, err
	}
	if o.Alone {
		hooks.Scope = everything
	}
	return hooks, nil
}

// everything maps any scope to all keys of the inner cache. It is for a layer that has the inner cache to itself.
func everything(ctxcache.Scope[string]) ctxcache.Scope[string] { return ctxcache.Scope[string]{} }
