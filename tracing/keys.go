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

// KeyFormat turns a cache key into the text that a span tells. It is called only for spans that are recorded.
type KeyFormat func(key any) string

// Raw writes a key as it is; one that is no string as fmt.Sprint does. Who may read traces then reads the keys.
func Raw(key any) string {
	if text, ok := key.(string); ok {
		return text
	}
	return fmt.Sprint(key)
}

// Hashed writes a key as 16 hexadecimal digits, so that spans about the same key can be found without telling
// which it is. The hash (HMAC-SHA-256, cut to 64 bits) has a random secret of this process. Without the secret
// nobody can find a key by hashing guesses, which is how a plain hash of a name or a number is undone. The next
// process has another secret, and so another hash for the same key.
//
// It does not hide that two spans are about the same key, nor how often a key is used.
func Hashed(key any) string { return hash(processSecret(), key) }

// HashedWith is [Hashed] with a secret of your own: all processes that have it write the same hash for the same key.
// Whoever knows the secret can test guesses. An empty secret would protect nothing; it means Hashed.
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
	rand.Read(secret) // never fails: the program would end
	return secret
})
