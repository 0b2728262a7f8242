package cachetoolsutils

import (
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// ToBytesCache stores keys and values as JSON, in bytes. Python: ToBytesCache(cache).
func ToBytesCache[K comparable, V any](inner ctxcache.Cache[Bytes, []byte]) ctxcache.Cache[K, V] {
	need("ToBytesCache", inner != nil)
	return texts[K, V]("ToBytesCache", byteStrings(inner), jsonKeys[K](), JSON[V]{})
}

// BytesCache stores bytes under bytes as text, in base 85. Python: BytesCache(cache).
func BytesCache(inner ctxcache.Cache[string, string]) ctxcache.Cache[Bytes, []byte] {
	need("BytesCache", inner != nil)
	return bytesKeys(layers.Text(inner))
}

// EncryptedOptions are those of an [EncryptedCache]. Nil is the default of each.
type EncryptedOptions = layers.EncryptedOptions

// EncryptedCache hides keys and values from who sees the store once: it hashes the ones and encrypts the
// others, as [layers.Encrypted] does with a cipher of Python's, Salsa20 unless opts tell another. That
// authenticates nothing, and reuses the key stream of a key: where no Python reads along, use the layer's own
// cipher instead. Python: EncryptedCache(cache, secret, hsize, csize, cipher).
func EncryptedCache(
	inner ctxcache.Cache[Bytes, []byte], secret layers.Secret, opts *EncryptedOptions,
) ctxcache.Cache[Bytes, []byte] {
	need("EncryptedCache", inner != nil)
	var o EncryptedOptions
	if opts != nil {
		o = *opts
	}
	if o.Cipher == layers.XChaCha20Poly1305 {
		o.Cipher = layers.Salsa20
	}
	return bytesKeys(layers.Encrypted(byteStrings(inner), secret, &o))
}

// byteStrings returns inner with the bytes of a string for keys.
func byteStrings[V any](inner ctxcache.Cache[Bytes, V]) ctxcache.Cache[string, V] {
	return layers.Keyed(inner,
		func(key string) (Bytes, error) { return Bytes(key), nil },
		func(stored Bytes) (string, bool) { return string(stored), true })
}

// bytesKeys is the way back of byteStrings.
func bytesKeys[V any](inner ctxcache.Cache[string, V]) ctxcache.Cache[Bytes, V] {
	return layers.Keyed(inner,
		func(key Bytes) (string, error) { return string(key), nil },
		func(stored string) (Bytes, bool) { return Bytes(stored), true })
}
