package layers

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/ctxcache/cached/ctxcache"
)

// minSecret is the least number of bytes in a secret.
const minSecret = 16

// Secret is what the keys of an [Encrypted] cache are derived from. [NewSecret] makes one; the zero Secret is
// none. It does not show itself in what package fmt prints.
type Secret struct {
	raw string
}

// NewSecret returns a copy of b as a secret. It should be random, as 32 bytes of crypto/rand are: no derivation
// makes a password that can be guessed a secret. Fewer than 16 bytes are a [ctxcache.ErrOptions].
func NewSecret(b []byte) (Secret, error) {
	if len(b) < minSecret {
		return Secret{}, fmt.Errorf("secret: %w: %d bytes are fewer than %d", ctxcache.ErrOptions, len(b), minSecret)
	}
	return Secret{raw: string(b)}, nil
}

// Format hides the secret from every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "layers.Secret(hidden)") // a fmt.State keeps what it gets in memory
}

func (s Secret) none() bool { return s.raw == "" }

// derive returns a key of size bytes for one purpose in one namespace (HKDF-SHA-256, RFC 5869). It is independent of
// those for other purposes and namespaces. No purpose may contain a zero byte.
func (s Secret) derive(purpose, namespace string, size int) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(s.raw), nil, "ctxcache encrypted 1 "+purpose+"\x00"+namespace, size)
}
