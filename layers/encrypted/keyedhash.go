package encrypted

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"sync"
)

// keyedHash turns keys into stored keys: HMAC-SHA-256 (RFC 2104), cut to size bytes.
type keyedHash struct {
	size    int
	text    bool
	hashers sync.Pool // of *hasher
}

// hasher hashes one key at a time.
type hasher struct {
	mac   hash.Hash
	input []byte
	sum   []byte
}

// maxIdleInput is the largest buffer, in bytes, that a hasher in the pool keeps.
const maxIdleInput = 4096

func newKeyedHash(key []byte, size int, text bool) *keyedHash {
	return &keyedHash{size: size, text: text, hashers: sync.Pool{New: func() any {
		return &hasher{mac: hmac.New(sha256.New, key)}
	}}}
}

// of returns the stored key of key.
func (k *keyedHash) of(key string) string {
	h := k.hashers.Get().(*hasher)
	h.mac.Reset()
	h.input = append(h.input[:0], key...)
	h.mac.Write(h.input) // a hash never fails
	h.sum = h.mac.Sum(h.sum[:0])
	stored := k.stored(h.sum[:k.size])
	if cap(h.input) <= maxIdleInput {
		k.hashers.Put(h)
	}
	return stored
}

// stored returns the stored form of a hash.
func (k *keyedHash) stored(hash []byte) string {
	if k.text {
		return base64.RawURLEncoding.EncodeToString(hash)
	}
	return string(hash)
}
