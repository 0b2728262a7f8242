package cachetoolsutils

import (
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"fmt"

	"github.com/ctxcache/cached/internal/base85"
)

// PrefixMethod is the encoding that [AutoPrefixedCache] writes its number with. The values are Python's names.
type PrefixMethod string

// The encodings. PrefixASCII85 and PrefixBase85 use punctuation as digits, so a prefix may contain the character that is
// used as the separator.
const (
	PrefixBase64    PrefixMethod = "b64"  // RFC 4648 section 4, padded
	PrefixBase64URL PrefixMethod = "b64u" // RFC 4648 section 5, padded
	PrefixBase32    PrefixMethod = "b32"  // RFC 4648 section 6, padded
	PrefixBase32Hex PrefixMethod = "b32x" // RFC 4648 section 7, padded
	PrefixBase16    PrefixMethod = "b16"  // RFC 4648 section 8, in upper case
	PrefixASCII85   PrefixMethod = "a85"  // as in encoding/ascii85
	PrefixBase85    PrefixMethod = "b85"  // RFC 1924's alphabet, as in Python's b85encode
)

// prefixEncoders has the encoding function of each method.
var prefixEncoders = map[PrefixMethod]func([]byte) string{
	PrefixBase64:    base64.StdEncoding.EncodeToString,
	PrefixBase64URL: base64.URLEncoding.EncodeToString,
	PrefixBase32:    base32.StdEncoding.EncodeToString,
	PrefixBase32Hex: base32.HexEncoding.EncodeToString,
	PrefixBase16:    func(b []byte) string { return fmt.Sprintf("%X", b) },
	PrefixASCII85: func(b []byte) string {
		text := make([]byte, ascii85.MaxEncodedLen(len(b)))
		return string(text[:ascii85.Encode(text, b)])
	},
	PrefixBase85: base85.Encode[[]byte],
}
