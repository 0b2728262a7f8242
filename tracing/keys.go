package tracing

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
)

// KeyFormat turns a cache key into text for a span. It is called only for spans that are recorded. It may be called
// concurrently.
type KeyFormat func(key any) string

// Raw returns a string key unchanged, and other keys as fmt.Sprint writes them. Everyone who can read the traces can
// then read the keys.
func Raw(key any) string {
	if text, ok := key.(string); ok {
		return text
	}
	return fmt.Sprint(key)
}

// Hashed returns a hash of key as 16 hexadecimal digits. Spans about the same key have the same hash, but the hash does
// not show the key. It is an HMAC-SHA-256, cut to 64 bits, with a random secret of this process. Without the secret
// nobody can find the key by hashing guesses, as one can with a plain hash of a name or a number. Another process has
// another secret, and so another hash for the same key.
//
// The hash does not hide how often a key is used.
func Hashed(key any) string { return hash(processSecret(), key) }

// HashedWith returns a KeyFormat like [Hashed] that uses secret: all processes with the same secret have the same hash
// for a key. Anyone who knows the secret can test guesses. The secret is copied. If it is empty, which would protect
// nothing, HashedWith returns Hashed.
func HashedWith(secret []byte) KeyFormat {
	if len(secret) == 0 {
		return Hashed
	}
	secret = slices.Clone(secret)
	return func(key any) string { return hash(secret, key) }
}

const hashBytes = 8

func hash(secret []byte, key any) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(Raw(key)))
	return hex.EncodeToString(mac.Sum(nil)[:hashBytes])
}

var processSecret = sync.OnceValue(func() []byte {
	secret := make([]byte, sha256.Size)
	rand.Read(secret) // never returns an error: if it fails, the program ends
	return secret
})
