package layers

import (
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// EncryptedOptions say how an [Encrypted] cache stores. Nil is the default of each.
type EncryptedOptions struct {
	// Cipher is how values are encrypted: XChaCha20Poly1305, unless the store is shared with Python.
	Cipher Cipher

	// HashSize is how many bytes of hash a stored key has: 8 to 32. 0 is 16. Keys with the same hash share one
	// place, so that each keeps evicting the other, but neither reads the other's value; among a billion keys
	// some have the same hash with a probability of 1 in 40 for 8 bytes, and of 1 in 10^20 for 16.
	HashSize int

	// TextKeys stores keys as text, for stores that do not take arbitrary bytes: base 64 with the alphabet for URLs,
	// without padding.
	TextKeys bool

	// ChecksumSize is how many bytes of a checksum of the value are stored before it, 0 to 32, by the ciphers
	// that are shared with Python. XChaCha20Poly1305 has something better.
	ChecksumSize int

	// Old are other secrets under which values may be stored. They open, and nothing is sealed under them. Old needs
	// KeySecret.
	Old []Secret

	// KeySecret is the secret that stored keys are hashed with. By default it is the secret itself. It has to
	// stay the same while that changes, and among all who share the store: what is stored under the hash of
	// another one is not found, and neither is it deleted. So once there are two secrets, it has to be told,
	// and is best left as it is.
	KeySecret Secret

	// Namespace is what values are bound to beside their keys. By default it is the prefixes below, see
	// [ctxcache.Namespace]. All who share values have to agree on it: set it where they reach the same part of
	// the store by different stacks, or where it is not a prefix that keeps parts apart.
	Namespace string

	// Alone says that this layer, for this Namespace, is the only one to store anything in the inner cache, as
	// it may be if that is the part under a prefix. Clear is then supported, and clears all of it. In a
	// narrower scope, such as that of a prefix above this layer, it stays unsupported, since hashes tell nothing
	// about keys.
	Alone bool
}

const (
	minHash         = 8
	maxHash         = 32
	defaultHashSize = 16
	maxChecksum     = 32
)

// Validate returns an error that wraps ctxcache.ErrOptions if an option makes no sense.
func (o *EncryptedOptions) Validate() error {
	if o == nil {
		return nil
	}
	if problem := o.problem(); problem != nil {
		return fmt.Errorf("encrypted: %w: %w", ctxcache.ErrOptions, problem)
	}
	return nil
}

func (o *EncryptedOptions) problem() error {
	if o.HashSize != 0 && (o.HashSize < minHash || o.HashSize > maxHash) {
		return fmt.Errorf("HashSize is not within %d and %d", minHash, maxHash)
	}
	if o.ChecksumSize < 0 || o.ChecksumSize > maxChecksum {
		return fmt.Errorf("ChecksumSize is not within 0 and %d", maxChecksum)
	}
	for _, old := range o.Old {
		if old.none() {
			return errors.New("one of Old is no Secret of NewSecret")
		}
	}
	if len(o.Old) > 0 && o.KeySecret.none() {
		return errors.New("without KeySecret, the secret that stored keys are hashed with, there is no Old")
	}
	switch o.Cipher {
	case XChaCha20Poly1305:
		if o.ChecksumSize != 0 {
			return errors.New("ChecksumSize is for other ciphers than XChaCha20Poly1305")
		}
	case Salsa20, ChaCha20, AES128CBC:
		if len(o.Old) > 0 || !o.KeySecret.none() || o.Namespace != "" {
			return errors.New("only XChaCha20Poly1305 has Old, KeySecret and Namespace")
		}
	default:
		return errors.New("Cipher is none of the ciphers")
	}
	return nil
}

// keySecret returns the secret to hash keys with.
func (o *EncryptedOptions) keySecret(secret Secret) Secret {
	if o.KeySecret.none() {
		return secret
	}
	return o.KeySecret
}
