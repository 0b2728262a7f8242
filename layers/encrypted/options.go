package encrypted

import (
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options are the options of [New]. Namespace is required, so nil options are not valid. The zero value of each other
// field means the default.
type Options struct {
	// Namespace names the entries of this cache, such as "production/users". Values are sealed and keys are hashed for
	// one namespace: an entry that the store copies into another namespace is neither found nor opened there. All
	// processes that share entries must use the same namespace. No two caches with the same secret should use the same
	// one: name the environment, the database of the server and the part of it.
	//
	// Namespace is required. A default could only be made of the prefixes below, which do not distinguish the databases
	// of one server.
	Namespace string

	// HashSize is the number of bytes of hash in a stored key, 8 to 32. 0 means 16. Two keys with the same hash
	// overwrite each other's entry, but neither reads the other's value. Among a billion keys,
	// the probability that any two have the same hash is 1 in 40 with 8 bytes, and 1 in 10^20 with 16.
	HashSize int

	// TextKeys stores the hashes as text: base 64 with the URL alphabet, without padding. It is for stores that do not
	// accept arbitrary bytes in keys.
	TextKeys bool

	// Old are other secrets, which stored values may have been sealed under. They are only used to open values. Old
	// needs KeySecret.
	//
	// Anyone who has one of these secrets can forge values that this cache accepts. So a secret that was stolen must not
	// be in Old, and no secret should stay there longer than the values live that were sealed under it. See OldUntil.
	Old []Secret

	// OldUntil is when the secrets in Old stop opening values, by the clock of this process. From then on a value that is
	// sealed under one of them is corrupt, as if Old were empty. Set it to a time after which no such value is alive. The
	// zero Time means never.
	OldUntil time.Time

	// KeySecret is the secret that keys are hashed with. The default is the secret given to New. It must stay the same
	// when that secret changes, and must be the same in all processes that share the store: entries that were stored
	// with another KeySecret are neither found nor deleted. So set it as soon as there is more than one secret.
	KeySecret Secret

	// Pad hides the exact sizes of values: values are padded to powers of two from 32 bytes before they are sealed. A
	// negative entry then has the same size as a value of up to 32 bytes. Padding makes values up to twice as large, and the
	// store's limit of a value's size is then a limit of the padded size: over a Memcached with its limit of 1 MiB, a value
	// may have 512 KiB. A cache opens values whether or not they are padded, so Pad may be changed at any time.
	Pad bool

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

var (
	errNoNamespace = ctxcache.Discreet("option Namespace is missing", nil)
	errHashSize    = ctxcache.Discreet(fmt.Sprintf("HashSize is not within %d and %d", minHash, maxHash), nil)
	errOldSecret   = ctxcache.Discreet("a secret in Old was not made by NewSecret", nil)
	errNoKeySecret = ctxcache.Discreet("option Old needs KeySecret, the secret that stored keys are hashed with", nil)
)

// Validate returns nil, or a [ctxcache.ErrOptions] that names the option that is missing or makes no sense. Nil options
// lack Namespace.
func (o *Options) Validate() error {
	if o == nil {
		o = &Options{}
	}
	if problem := o.problem(); problem != nil {
		return fmt.Errorf("%w: %w", ctxcache.ErrOptions, problem)
	}
	return nil
}

func (o *Options) problem() error {
	if o.Namespace == "" {
		return errNoNamespace
	}
	if o.HashSize != 0 && (o.HashSize < minHash || o.HashSize > maxHash) {
		return errHashSize
	}
	for _, old := range o.Old {
		if old.zero() {
			return errOldSecret
		}
	}
	if len(o.Old) > 0 && o.KeySecret.zero() {
		return errNoKeySecret
	}
	return nil
}

// withDefaults returns the options with the defaults filled in.
func (o *Options) withDefaults() Options {
	var filled Options
	if o != nil {
		filled = *o
	}
	if filled.HashSize == 0 {
		filled.HashSize = defaultHashSize
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
		{Name: "pad", Value: o.Pad},
		{Name: "alone", Value: o.Alone},
		{Name: "old_secrets", Value: len(o.Old)},
	}}
}
