package cachetoolsutils

import (
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// EncryptedOptions are the options of [EncryptedCache]. Nil, and the zero value of each field, mean the default.
type EncryptedOptions struct {
	// Cipher is the cipher for values. The default is Salsa20. Python: cipher.
	Cipher Cipher

	// HashSize is the number of bytes of hash in a stored key, 8 to 32. 0 means 16. Python: hsize.
	HashSize int

	// ChecksumSize is the number of bytes of a checksum that are stored before the value, 0 to 32. Python: csize.
	ChecksumSize int

	// Alone says that nothing but this layer stores entries in the inner cache. The inner cache may itself be
	// the part of a store under a prefix. With Alone, Len and Clear are supported, but only for the whole inner cache. A
	// [ToBytesCache] and [Objects] over this layer then have them, too, and they also clear the whole inner cache. A layer
	// that makes a part of this one, such as a [PrefixedCache], has neither.
	Alone bool
}

const (
	minHash         = 8
	maxHash         = 32
	defaultHashSize = 16
	maxChecksum     = 32
)

// Validate returns nil, or a [ctxcache.ErrOptions] that names the option that makes no sense. Nil options are valid.
func (o *EncryptedOptions) Validate() error {
	if o == nil {
		return nil
	}
	if problem := o.problem(); problem != nil {
		return fmt.Errorf("%w: %w", ctxcache.ErrOptions, problem)
	}
	return nil
}

func (o *EncryptedOptions) problem() error {
	if _, known := cipherCodes[o.Cipher]; !known {
		return errors.New("Cipher is not one of the ciphers")
	}
	if o.HashSize != 0 && (o.HashSize < minHash || o.HashSize > maxHash) {
		return fmt.Errorf("HashSize is not within %d and %d", minHash, maxHash)
	}
	if o.ChecksumSize < 0 || o.ChecksumSize > maxChecksum {
		return fmt.Errorf("ChecksumSize is not within 0 and %d", maxChecksum)
	}
	return nil
}

func (o *EncryptedOptions) withDefaults() EncryptedOptions {
	var filled EncryptedOptions
	if o != nil {
		filled = *o
	}
	if filled.HashSize == 0 {
		filled.HashSize = defaultHashSize
	}
	return filled
}

// describe returns the Description of a layer with these options.
func (o *EncryptedOptions) describe() ctxcache.Description {
	return ctxcache.Description{Kind: "EncryptedCache", Options: []ctxcache.Option{
		{Name: "cipher", Value: o.Cipher.String()},
		{Name: "hash_size", Value: o.HashSize},
		{Name: "checksum_size", Value: o.ChecksumSize},
		{Name: "alone", Value: o.Alone},
	}}
}
