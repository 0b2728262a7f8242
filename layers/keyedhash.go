package layers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"sync"
)

// keyedHash turns keys into what is stored for them: HMAC-SHA-256 (RFC 2104), cut to size bytes.
type keyedHash struct {
	size    int
	text    bool
	hashers sync.Pool // of *hasher
}

// hasher is what it takes to hash one key.
type hasher struct {
	mac   hash.Hash
	input []byte
	sum   []byte
}

// maxIdleInput is how much room for a key may wait in the pool.
const maxIdleInput = 4096

func newKeyedHash(key []byte, size int, text bool) *keyedHash {
	return &keyedHash{size: size, text: text, hashers: sync.Pool{New: func() any {
		return &hasher{mac: hmac.New(sha256.New, key)}
	}}}
}

// of returns what is stored for key.
func (k *keyedHash) of(key string) string {
	h := k.hashers.Get().(*hasher)
	h.mac.Reset()
	h.input = append(h.input[:0], key...)
	h.mac.Write(h.input) // a hash never fails
	h.sum = h.mac.Sum(h.sum[:0])
	stored := storedName(h.sum[:k.size], k.text)
	if cap(h.input) <= maxIdleInput {
		k.hashers.Put(h)
	}
	return stored
}

// storedName returns a hash as it is stored.
func storedName(hash []byte, text bool) string {
	if text {
		return base64.RawURLEncoding.EncodeToString(hash)
	}
	return string(hash)
}
