package layers

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// Encrypted returns inner as a cache of values that whoever runs the store can neither read nor alter. A key is
// stored as a keyed hash of it, and a value sealed by XChaCha20-Poly1305 under a random nonce, with the key as
// authenticated data. Both keys are derived from secret by HKDF, for the namespace that inner is (see
// EncryptedOptions.Namespace).
//
// What the store, and who can see it or its traffic, learns: how many entries there are and how large, when
// which hash is asked for or written and with what TTL, which secret a value is sealed under, and that two
// accesses in one namespace are to the same key. It cannot tell keys, not even by trying likely ones, nor equal
// values, nor a negative entry from an empty value.
//
// What it cannot do: read a value; alter one; move it to another key; replay it in another namespace, such as
// another prefix; or pretend that the source has no such thing, for negative entries are sealed like values. All
// that is [ctxcache.ErrCorrupt], upon which a loader loads and overwrites.
//
// What it can do: lose or withhold entries, make them outlive their TTL or tell another one, and put an older
// value of the same key back as long as its secret is given. Who cannot have that puts a version into the
// value. It can also keep a lease from being granted or lost, so the order of writes is as good as the store.
//
// # Changing the secret
//
// Encrypted(inner, second, &EncryptedOptions{Old: []Secret{first}, KeySecret: first}) opens what was sealed
// under the first secret, and seals under the second. Stored keys are hashed with the first one as before,
// since they are how writes, deletions and leases of all who share the store meet; KeySecret stays when the
// first secret leaves Old. While not everybody has the second secret, those who do not find corrupt what is
// sealed under it, and load it anew; to spare the source, give it to everybody in Old before it is used.
//
// Who gets to know a KeySecret can try likely keys and recognise their hashes, but reads nothing. To change it as
// well, change it together with the part of the store (a new prefix), for all who share that at once.
//
// # Sharing with Python
//
// With another Cipher keys and values are stored exactly as EncryptedCache of CacheToolsUtils does. That has a
// single derivation from key and secret, the same one whenever the key is set, hence the same key stream; and it
// authenticates nothing: whoever runs the store can alter values, the checksum notwithstanding, and move none only
// because they turn into noise. These modes hide values from who sees the store once, no more. They have no negative
// entries, and believe those that inner has.
//
// # What is not supported
//
// There is no way back from hashes to keys, so Keys is unsupported, and so are Clear and Len, but see
// EncryptedOptions.Alone. Since inner takes a negative entry for a value, Contains gets and opens the value,
// and Remove and Len are unsupported; with Python's ciphers both work, Len with Alone.
//
// Options that are not valid, and a zero secret, are the error of every call.
func Encrypted(
	inner ctxcache.Cache[string, []byte], secret Secret, opts *EncryptedOptions,
) ctxcache.Cache[string, []byte] {
	need("Encrypted", "an inner cache", inner != nil)
	var o EncryptedOptions
	if opts != nil {
		o = *opts
	}
	if o.HashSize == 0 {
		o.HashSize = defaultHashSize
	}
	if o.Namespace == "" && o.Cipher == XChaCha20Poly1305 {
		o.Namespace = ctxcache.Namespace(inner)
	}
	err := opts.Validate()
	if err == nil && secret.none() {
		err = fmt.Errorf("encrypted: %w: the secret is none of NewSecret", ctxcache.ErrOptions)
	}
	if err != nil {
		return invalid[string, []byte]{err}
	}
	if o.Cipher != XChaCha20Poly1305 {
		return newUnauthenticated(inner, secret, o)
	}
	hooks, err := sealingHooks(secret, o)
	if err != nil {
		return invalid[string, []byte]{fmt.Errorf("encrypted: %w", err)}
	}
	return &encrypted[string]{ctxcache.NewMapped(inner, hooks)}
}

// encrypted is the layer in all modes. Its inner keys are K2.
type encrypted[K2 comparable] struct {
	ctxcache.Mapped[string, []byte, K2, []byte]
}

// Supports tells of Len and Clear of everything at most: hashes do not tell what is in a narrower scope.
func (c *encrypted[K2]) Supports() ctxcache.Op {
	ops := c.Mapped.Supports()
	if ops.Has(ctxcache.OpLen) {
		ops |= ctxcache.OpLenAll
	}
	if ops.Has(ctxcache.OpClear) {
		ops |= ctxcache.OpClearAll
	}
	return ops &^ (ctxcache.OpLen | ctxcache.OpClear | ctxcache.OpScoped)
}

// Len counts everything, or nothing.
func (c *encrypted[K2]) Len(ctx context.Context, scope ctxcache.Scope[string]) (int, error) {
	if !scope.All() {
		return 0, errors.ErrUnsupported
	}
	return c.Mapped.Len(ctx, scope)
}

// Clear clears everything, or nothing.
func (c *encrypted[K2]) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	if !scope.All() {
		return errors.ErrUnsupported
	}
	return c.Mapped.Clear(ctx, scope)
}

// sealingHooks hash keys, and seal values.
func sealingHooks(secret Secret, o EncryptedOptions) (ctxcache.Hooks[string, []byte, string, []byte], error) {
	var hooks ctxcache.Hooks[string, []byte, string, []byte]
	nameKey, err := o.keySecret(secret).derive("name", o.Namespace, maxHash)
	if err != nil {
		return hooks, err
	}
	all, err := newSealers(secret, o.Old, o.Namespace)
	if err != nil {
		return hooks, err
	}
	names, newest := newKeyedHash(nameKey, o.HashSize, o.TextKeys), &all[0]
	hooks.Layer = "encrypted"
	hooks.Key = func(key string) (string, error) { return names.of(key), nil }
	hooks.Encode = func(key string, value []byte) ([]byte, error) { return newest.seal(key, sealedValue, value) }
	hooks.EncodeAbsent = func(key string) ([]byte, error) { return newest.seal(key, sealedAbsent, nil) }
	hooks.Decode = all.open
	if o.Alone {
		hooks.Scope = everything[string, string]
	}
	return hooks, nil
}

// everything is the hook of layers that have the inner cache to themselves.
func everything[K, K2 comparable](ctxcache.Scope[K]) ctxcache.Scope[K2] { return ctxcache.Scope[K2]{} }
