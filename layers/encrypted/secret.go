package encrypted

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/ctxcache/cached/ctxcache"
)

// minSecret is the smallest length of a secret, in bytes.
const minSecret = 16

// Secret is the secret that an encrypted cache derives its keys from. [NewSecret] makes one. The zero Secret is not
// valid. Package fmt never prints the secret, whatever the verb.
type Secret struct {
	raw string
}

// NewSecret returns a secret with a copy of b. The bytes should be random, such as 32 bytes of crypto/rand: a password
// that can be guessed does not become safe by derivation. If b has fewer than 16 bytes, NewSecret returns a
// [ctxcache.ErrOptions].
func NewSecret(b []byte) (Secret, error) {
	if len(b) < minSecret {
		return Secret{}, fmt.Errorf("encrypted secret: %w: %d bytes are fewer than %d", ctxcache.ErrOptions, len(b), minSecret)
	}
	return Secret{raw: string(b)}, nil
}

// Format prints a placeholder for every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "encrypted.Secret(hidden)") // a fmt.State writes to memory and does not fail
}

// zero reports whether s was not made by NewSecret.
func (s Secret) zero() bool { return s.raw == "" }

// derive returns a key of size bytes for one purpose in one namespace (HKDF-SHA-256, RFC 5869). Keys for different
// purposes or namespaces are independent. A purpose must not contain a zero byte.
func (s Secret) derive(purpose, namespace string, size int) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(s.raw), nil, "ctxcache encrypted 1 "+purpose+"\x00"+namespace, size)
}
