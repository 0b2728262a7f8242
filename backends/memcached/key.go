package memcached

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// maxKey is how many bytes Memcached allows in a key.
const maxKey = 250

// A stored key that begins with one of these marks is an escaped or a hashed key. Keys that begin with a percent sign
// themselves are escaped, too.
const (
	escapedMark = "%="
	hashedMark  = "%#"
)

// stored returns the stored key: the prefix and the encoded key.
func (s *store) stored(key string) (string, error) {
	encoded, err := s.options.EncodeKey(key)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ctxcache.ErrKey, ctxcache.Discreet("the key cannot be encoded", err))
	}
	stored := s.options.Prefix + encoded
	if s.options.Prefix == "" { // otherwise stored is a copy
		// The call may outlive its caller, and the key may be a view of a buffer that the caller uses again.
		stored = strings.Clone(encoded)
	}
	if stored == "" || len(stored) > maxKey || !legal(stored) {
		return "", fmt.Errorf("%w: it is empty or too long, or has white space or a control character", ctxcache.ErrKey)
	}
	return stored, nil
}

// storedAll returns stored for each key, and the error of each key that Memcached cannot store.
func (s *store) storedAll(keys []string) (stored []string, errs []error) {
	stored, errs = make([]string, len(keys)), make([]error, len(keys))
	for i, key := range keys {
		stored[i], errs[i] = s.stored(key)
	}
	return stored, errs
}

// escaped returns the default encoding of keys that are stored behind prefix. A key stays as it is if Memcached allows
// it and it does not begin with a percent sign. Otherwise it is escaped like a URL, behind a mark. If the escaped key
// is too long, the key is hashed instead, behind another mark. Two keys never get the same stored key, unless SHA-256
// is broken.
func escaped(prefix string) func(key string) (string, error) {
	room := maxKey - len(prefix)
	return func(key string) (string, error) {
		if prefix+key != "" && len(key) <= room && legal(key) && !strings.HasPrefix(key, "%") {
			return key, nil
		}
		if escaped := escape(key); len(escaped) <= room {
			return escaped, nil
		}
		hash := sha256.Sum256([]byte(key))
		return hashedMark + base64.RawURLEncoding.EncodeToString(hash[:]), nil
	}
}

// escape returns a mark and then key. In key it replaces every byte that is not allowed, and every percent sign, with a
// percent sign and two hexadecimal digits.
func escape(key string) string {
	var out strings.Builder
	out.WriteString(escapedMark)
	for i := range len(key) {
		if b := key[i]; b == '%' || !legalByte(b) {
			fmt.Fprintf(&out, "%%%02X", b)
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}

// legal reports whether Memcached allows every byte of text in a key.
func legal(text string) bool {
	for i := range len(text) {
		if !legalByte(text[i]) {
			return false
		}
	}
	return true
}

// legalByte reports whether Memcached allows b in a key: b is neither white space nor an ASCII control character.
func legalByte(b byte) bool { return b > ' ' && b != 0x7f }
