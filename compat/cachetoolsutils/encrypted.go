package cachetoolsutils

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// minSecret is the smallest length of a secret, in bytes.
const minSecret = 16

// EncryptedCache returns a cache that stores hashes of keys and encrypted values in inner. Python:
// EncryptedCache(cache, secret, hsize, csize, cipher). Nil options mean the defaults. If secret has fewer than 16 bytes
// or options make no sense, every call returns [ctxcache.ErrOptions]. Secret is copied.
//
// It hides keys and values only from someone who sees the store once. All values of a key are encrypted with the same
// key stream, because it is derived from the key and the secret only. Values are not authenticated: the operator of the
// store can alter them, even with a checksum. A value that is moved to another key decrypts to random bytes. If you do
// not share the store with Python, use package layers/encrypted instead.
//
// It does not store negative entries, but returns those that inner has. Keys, Clear and Len are unsupported, because a
// key cannot be computed from its hash. EncryptedOptions.Alone makes Clear and Len supported.
func EncryptedCache(
	inner ctxcache.Cache[Bytes, []byte], secret []byte, opts *EncryptedOptions,
) ctxcache.Cache[Bytes, []byte] {
	need("EncryptedCache", inner != nil)
	o := opts.withDefaults()
	err := opts.Validate()
	if err == nil && len(secret) < minSecret {
		err = fmt.Errorf("%w: the secret has fewer than %d bytes", ctxcache.ErrOptions, minSecret)
	}
	if err != nil {
		return ctxcache.Invalid[Bytes, []byte](o.describe(), err, ctxcache.NodeOf(inner))
	}
	return newEncrypted(inner, string(secret), o)
}

// encrypted is made of two layers. The outer one maps keys to digests, so that a call computes one digest for both key
// and value. The inner one, values, maps digests to stored keys, and encrypts values.
type encrypted struct {
	ctxcache.Mapped[Bytes, []byte, digest, []byte]
	values *ctxcache.Mapped[digest, []byte, Bytes, []byte]
}

func newEncrypted(inner ctxcache.Cache[Bytes, []byte], secret string, o EncryptedOptions) *encrypted {
	code := &valueCode{checksum: o.ChecksumSize, cipher: cipherCodes[o.Cipher]}
	byDigest := ctxcache.Hooks[digest, []byte, Bytes, []byte]{
		About:  o.describe(),
		Key:    func(d digest) (Bytes, error) { return Bytes(d[:o.HashSize]), nil },
		Encode: func(d digest, value []byte) ([]byte, error) { return code.encode(&d, value) },
		Decode: func(d digest, stored []byte) ([]byte, error) { return code.decode(&d, stored) },
	}
	asIs := func(_ Bytes, value []byte) ([]byte, error) { return value, nil }
	byKey := ctxcache.Hooks[Bytes, []byte, digest, []byte]{
		About:     o.describe(),
		Key:       func(key Bytes) (digest, error) { return digestOf(key, secret), nil },
		Encode:    asIs,
		Decode:    asIs,
		Meta:      noNegative,
		OwnLeases: true,
	}
	if o.Alone {
		byDigest.Scope = everything[digest, Bytes]
		byKey.Scope = everything[Bytes, digest]
	}
	values := ctxcache.NewMapped(inner, byDigest)
	return &encrypted{ctxcache.NewMapped(&values, byKey), &values}
}

// noNegative refuses negative entries, because Python has no bytes for them.
func noNegative(m ctxcache.Meta) (ctxcache.Meta, error) {
	if m.Absent {
		return m, errors.ErrUnsupported
	}
	return m, nil
}

// everything maps any scope to all keys of the inner cache. It is for a layer that has the inner cache to itself.
func everything[K, K2 comparable](ctxcache.Scope[K]) ctxcache.Scope[K2] { return ctxcache.Scope[K2]{} }

// Describe returns one description for the two layers.
func (c *encrypted) Describe() ctxcache.Description { return c.values.Describe() }

// Supports does not report negative entries. It reports Len and Clear at most for everything: hashes do not show which
// keys are in a narrower scope.
func (c *encrypted) Supports() ctxcache.Cap {
	caps := c.Mapped.Supports() &^ ctxcache.CapNegative
	scopes := caps.Scopes().And(ctxcache.ScopesWhole)
	if scopes == ctxcache.ScopesNone {
		caps &^= ctxcache.CapLen | ctxcache.CapClear
	}
	return caps.In(scopes)
}

// Len supports the scope of all keys only.
func (c *encrypted) Len(ctx context.Context, scope ctxcache.Scope[Bytes]) (int, error) {
	if !scope.All() {
		return 0, errors.ErrUnsupported
	}
	return c.Mapped.Len(ctx, scope)
}

// Clear supports the scope of all keys only.
func (c *encrypted) Clear(ctx context.Context, scope ctxcache.Scope[Bytes]) error {
	if !scope.All() {
		return errors.ErrUnsupported
	}
	return c.Mapped.Clear(ctx, scope)
}
