package vectors

import (
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
)

// redisOptions returns the options of a layer that uses the server.
func (s Servers) redisOptions(l Layer) *pyredis.Options {
	options := l.redisOptions()
	options.ReadTimeout, options.WriteTimeout = s.Timeout, s.Timeout
	return options
}

// memcachedOptions returns the options of a layer that uses the server.
func (s Servers) memcachedOptions() *pymemcached.Options {
	return &pymemcached.Options{ReadTimeout: s.Timeout, WriteTimeout: s.Timeout}
}

// redisOptions returns the options of a layer of Redis over another one.
func (l Layer) redisOptions() *pyredis.Options {
	if l.TTL == nil {
		return &pyredis.Options{TTL: ctxcache.NoExpiry}
	}
	return &pyredis.Options{TTL: time.Duration(*l.TTL) * time.Second}
}

// textPrefix returns the prefix of a layer that only accepts a str.
func (l Layer) textPrefix() (string, error) {
	text, ok := l.Prefix.Value.(string)
	if !ok {
		return "", fmt.Errorf("a prefix that is not a str: %T", l.Prefix.Value)
	}
	return text, nil
}

var ciphers = map[string]cachetoolsutils.Cipher{
	"Salsa20":     cachetoolsutils.Salsa20,
	"ChaCha20":    cachetoolsutils.ChaCha20,
	"AES":         cachetoolsutils.AES128CBC,
	"AES-128":     cachetoolsutils.AES128CBC,
	"AES-128-CBC": cachetoolsutils.AES128CBC,
}

// Encrypted returns an EncryptedCache over inner, with these parameters.
func (e Encryption) Encrypted(
	inner ctxcache.Cache[Bytes, []byte],
) (ctxcache.Cache[Bytes, []byte], error) {
	cipher, ok := ciphers[e.Cipher]
	if !ok {
		return nil, fmt.Errorf("unknown cipher %q", e.Cipher)
	}
	if e.HashSize == 0 { // the options would use their default
		return nil, errors.New("a hash of no bytes")
	}
	options := &cachetoolsutils.EncryptedOptions{Cipher: cipher, HashSize: e.HashSize, ChecksumSize: e.ChecksumSize}
	if err := options.Validate(); err != nil {
		return nil, err
	}
	return cachetoolsutils.EncryptedCache(inner, e.Secret, options), nil
}

// Options returns the options of an AutoPrefixedCache, with the number that it has in the case.
func (a AutoPrefixing) Options(sep string) (*cachetoolsutils.AutoPrefixedOptions, error) {
	options := &cachetoolsutils.AutoPrefixedOptions{
		Separator:   sep,
		NoSeparator: sep == "",
		Method:      cachetoolsutils.PrefixMethod(a.Method),
		Counter:     cachetoolsutils.NewPrefixCounter(a.Counter),
	}
	return options, options.Validate()
}
