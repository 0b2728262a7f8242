package vectors

import (
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// redisOptions returns those of a layer of Redis.
func (l Layer) redisOptions() *cachetoolsutils.RedisOptions {
	if l.TTL == nil {
		return &cachetoolsutils.RedisOptions{TTL: ctxcache.NoExpiry}
	}
	return &cachetoolsutils.RedisOptions{TTL: time.Duration(*l.TTL) * time.Second}
}

// textPrefix returns the prefix of a layer that only takes a str.
func (l Layer) textPrefix() (string, error) {
	text, ok := l.Prefix.Value.(string)
	if !ok {
		return "", fmt.Errorf("a prefix that is no str: %T", l.Prefix.Value)
	}
	return text, nil
}

var ciphers = map[string]layers.Cipher{
	"Salsa20":     layers.Salsa20,
	"ChaCha20":    layers.ChaCha20,
	"AES":         layers.AES128CBC,
	"AES-128":     layers.AES128CBC,
	"AES-128-CBC": layers.AES128CBC,
}

// Encrypted returns inner, encrypted.
func (e Encryption) Encrypted(
	inner ctxcache.Cache[Bytes, []byte],
) (ctxcache.Cache[Bytes, []byte], error) {
	cipher, ok := ciphers[e.Cipher]
	if !ok {
		return nil, fmt.Errorf("unknown cipher %q", e.Cipher)
	}
	if e.HashSize == 0 { // which is a default to the options
		return nil, errors.New("a hash of no bytes")
	}
	secret, err := layers.NewSecret(e.Secret)
	if err != nil {
		return nil, err
	}
	options := &cachetoolsutils.EncryptedOptions{Cipher: cipher, HashSize: e.HashSize, ChecksumSize: e.ChecksumSize}
	if err := options.Validate(); err != nil {
		return nil, err
	}
	return cachetoolsutils.EncryptedCache(inner, secret, options), nil
}

// Options returns those of an AutoPrefixedCache that is the counter-th of its process.
func (a AutoPrefixing) Options(sep string) (*cachetoolsutils.AutoPrefixedOptions, error) {
	options := &cachetoolsutils.AutoPrefixedOptions{
		Separator:   sep,
		NoSeparator: sep == "",
		Method:      layers.PrefixMethod(a.Method),
		Counter:     layers.NewPrefixCounter(a.Counter),
	}
	return options, options.Validate()
}
