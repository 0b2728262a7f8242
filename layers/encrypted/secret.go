package encrypted

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"

	"github.com/ctxcache/cached/ctxcache"
)

// minSecret is the smallest length of a secret, in bytes.
const minSecret = 16

// placeholder is printed in place of a secret.
const placeholder = "encrypted.Secret(hidden)"

// Secret is the secret that an encrypted cache derives its keys from. [NewSecret] makes one. The zero Secret is not
// valid. Copies of a Secret are equal. Two Secrets that were made separately are not, even if they have the same bytes.
//
// A Secret does not show its bytes to a printer, a logger, an encoder or a template. This is also so if it is in an
// unexported field of another type, where package fmt prints the fields of a value and does not call its methods.
type Secret struct {
	// The bytes are in a closure, where no printer can follow. In a field, or behind a pointer to bytes, package fmt
	// would print them: it follows pointers for a verb that does not fit them. The pointer makes Secrets comparable.
	derivation *derivation
}

// derivation returns a key of size bytes for one purpose in one namespace (HKDF-SHA-256, RFC 5869). Keys for different
// purposes or namespaces are independent. A purpose must not contain a zero byte.
type derivation func(purpose, namespace string, size int) ([]byte, error)

// NewSecret returns a secret with a copy of b. The bytes should be random, such as 32 bytes of crypto/rand: a password
// that can be guessed does not become safe by derivation. If b has fewer than 16 bytes, NewSecret returns a
// [ctxcache.ErrOptions].
func NewSecret(b []byte) (Secret, error) {
	if len(b) < minSecret {
		return Secret{}, fmt.Errorf("encrypted secret: %w: %d bytes are fewer than %d", ctxcache.ErrOptions, len(b), minSecret)
	}
	b = bytes.Clone(b)
	derive := derivation(func(purpose, namespace string, size int) ([]byte, error) {
		return hkdf.Key(sha256.New, b, nil, "ctxcache encrypted 2 "+purpose+"\x00"+namespace, size)
	})
	return Secret{&derive}, nil
}

// zero reports whether s was not made by NewSecret.
func (s Secret) zero() bool { return s.derivation == nil }

// derive calls the derivation of a Secret that is not zero.
func (s Secret) derive(purpose, namespace string, size int) ([]byte, error) {
	return (*s.derivation)(purpose, namespace, size)
}

// String returns a placeholder.
func (s Secret) String() string { return placeholder }

// Format prints a placeholder for every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, placeholder) // a fmt.State writes to memory and does not fail
}

// LogValue returns a placeholder for package slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(placeholder) }

// MarshalText returns a placeholder, for encoders such as encoding/json. Nothing reads it back.
func (s Secret) MarshalText() ([]byte, error) { return []byte(placeholder), nil }
