package encrypted

import (
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// Options are the options of [New]. Nil, and the zero value of each field, mean the default.
type Options struct {
	// HashSize is the number of bytes of hash in a stored key, 8 to 32. 0 means 16. Two keys with the same hash
	// overwrite each other's entry, but neither reads the other's value. Among a billion keys,
	// the probability that any two have the same hash is 1 in 40 with 8 bytes, and 1 in 10^20 with 16.
	HashSize int

	// TextKeys stores the hashes as text: base 64 with the URL alphabet, without padding. It is for stores that do not
	// accept arbitrary bytes in keys.
	TextKeys bool

	// Old are other secrets, which stored values may have been sealed under. They are only used to open values. Old
	// needs KeySecret.
	Old []Secret

	// KeySecret is the secret that keys are hashed with. The default is the secret given to New. It must stay the same
	// when that secret changes, and must be the same in all processes that share the store: entries that were stored
	// with another KeySecret are neither found nor deleted. So set it as soon as there is more than one secret.
	KeySecret Secret

	// Namespace binds values to a part of the store, in addition to their keys: a value that was sealed in another
	// namespace is corrupt. The default is the prefixes of the caches below: see [ctxcache.Namespace]. All processes
	// that share values must use the same namespace. Set it if they reach the same part of the store through different
	// stacks, or if something other than a prefix separates parts.
	Namespace string

	// Alone says that nothing but this layer, in this Namespace, stores entries in the inner cache. Clear is then
	// supported, and clears the whole inner cache. The inner cache may be a layers.Prefixed: then this is only about the
	// keys with that prefix. Clear of a narrower scope, such as a prefix above this layer, stays unsupported, because
	// hashes do not show keys.
	Alone bool
}

const (
	minHash         = 8
	maxHash         = 32
	defaultHashSize = 16
)

// Validate returns nil, or a [ctxcache.ErrOptions] that names the option that makes no sense. Nil options are valid.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	if problem := o.problem(); problem != nil {
		return fmt.Errorf("%w: %w", ctxcache.ErrOptions, problem)
	}
	return nil
}

func (o *Options) problem() error {
	if o.HashSize != 0 && (o.HashSize < minHash || o.HashSize > maxHash) {
		return fmt.Errorf("HashSize is not within %d and %d", minHash, maxHash)
	}
	for _, old := range o.Old {
		if old.zero() {
			return errors.New("a secret in Old was not made by NewSecret")
		}
	}
	if len(o.Old) > 0 && o.KeySecret.zero() {
		return errors.New("option Old needs KeySecret, the secret that stored keys are hashed with")
	}
	return nil
}

// withDefaults returns the options of a layer over inner.
func (o *Options) withDefaults(inner ctxcache.Cache[string, []byte]) Options {
	var filled Options
	if o != nil {
		filled = *o
	}
	if filled.HashSize == 0 {
		filled.HashSize = defaultHashSize
	}
	if filled.Namespace == "" {
		filled.Namespace = ctxcache.Namespace(inner)
	}
	return filled
}

// keySecret returns the secret that keys are hashed with.
func (o *Options) keySecret(secret Secret) Secret {
	if o.KeySecret.zero() {
		return secret
	}
	return o.KeySecret
}

// describe returns the Description of a layer with these options. It has no secret in it.
func (o *Options) describe() ctxcache.Description {
	return ctxcache.Description{Kind: kind, Options: []ctxcache.Option{
		{Name: "hash_size", Value: o.HashSize},
		{Name: "text_keys", Value: o.TextKeys},
		{Name: "namespace", Value: o.Namespace},
		{Name: "alone", Value: o.Alone},
		{Name: "old_secrets", Value: len(o.Old)},
	}}
}
