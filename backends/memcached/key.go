package memcached

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// maxKey is how many bytes a key of Memcached may have.
const maxKey = 250

// What begins with one of these marks is not the key itself. Such keys are escaped, too.
const (
	escapedMark = "%="
	hashedMark  = "%#"
)

// stored returns key as it stands in Memcached.
func (s *store) stored(key string) (string, error) {
	encoded, err := s.options.EncodeKey(key)
	if err != nil {
		return "", err
	}
	stored := s.options.Prefix + encoded
	if stored == "" || len(stored) > maxKey || !legal(stored) {
		return "", fmt.Errorf("%w: it is empty, too long, or has white space or a control character in it", ctxcache.ErrKey)
	}
	return stored, nil
}

// storedAll returns keys as they stand in Memcached, and errors for those that cannot.
func (s *store) storedAll(keys []string) (stored []string, errs []error) {
	stored, errs = make([]string, len(keys)), make([]error, len(keys))
	for i, key := range keys {
		stored[i], errs[i] = s.stored(key)
	}
	return stored, errs
}

// escaped returns the default encoding of keys behind prefix. A key stays as it is if Memcached can have it and it
// does not begin with a percent sign. Or else it is escaped like a URL, behind a mark, or if that is too long,
// hashed behind another mark: no two keys become one, unless SHA-256 is broken.
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

// escape returns key with every byte that is not allowed, and every percent sign, as a percent sign and two
// hexadecimal digits, behind its mark.
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

// legal reports whether every byte of text may be in a key.
func legal(text string) bool {
	for i := range len(text) {
		if !legalByte(text[i]) {
			return false
		}
	}
	return true
}

// legalByte reports whether b is neither white space nor a control character, in ASCII.
func legalByte(b byte) bool { return b > ' ' && b != 0x7f }
