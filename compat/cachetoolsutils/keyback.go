package cachetoolsutils

import (
	"math"
	"strconv"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// keyOfValue returns object as a K. Any object is an any, but no map can hold a tuple, a dict or NaN. Such
// an object becomes a Key.
func keyOfValue[K comparable](object Value) (key K, ok bool) {
	key, ok = fromValue[K](object)
	if !ok || ctxcache.CheckKey(key) == nil {
		return key, ok
	}
	asKey, err := KeyOf(object)
	if err != nil {
		return key, false
	}
	key, ok = any(asKey).(K)
	return key, ok
}

// fromStr returns the object whose str() is text, as a K. It also accepts some texts that are only similar.
func fromStr[K comparable](text string) (key K, ok bool) {
	if key, ok = fromValue[K](text); ok {
		return key, true
	}
	if key, ok = fromJSON[K](text); ok {
		return key, true
	}
	switch text {
	case "None":
		return fromValue[K](nil)
	case "True":
		return fromValue[K](true)
	case "False":
		return fromValue[K](false)
	case "inf":
		return fromValue[K](math.Inf(1))
	case "-inf":
		return fromValue[K](math.Inf(-1))
	}
	data, ok := fromReprBytes(text)
	if !ok {
		return key, false
	}
	return fromValue[K](data)
}

// fromReprBytes returns the bytes whose repr() is text, such as b'caf\xe9'.
func fromReprBytes(text string) ([]byte, bool) {
	const begin = len(`b'`)
	if len(text) <= begin || text[0] != 'b' || text[1] != text[len(text)-1] {
		return nil, false
	}
	quote, rest := text[1], text[begin:len(text)-1]
	data := make([]byte, 0, len(rest))
	for len(rest) > 0 {
		b, wide, after, err := strconv.UnquoteChar(rest, quote) // which knows all escapes of bytes in Python
		if err != nil || wide {
			return nil, false
		}
		data, rest = append(data, byte(b)), after
	}
	return data, true
}

// fromBytes returns a K whose bytes() are data. Bytes go first, because a []byte is not a key.
func fromBytes[K comparable](data string) (key K, ok bool) {
	if key, ok = any(Bytes(data)).(K); ok {
		return key, true
	}
	return fromValue[K]([]byte(data))
}

// fromZeros returns a bool or an integer whose bytes() are data, as a K: as many zero bytes as it says.
func fromZeros[K comparable](data string) (key K, ok bool) {
	if len(data) > maxZeros || strings.Trim(data, "\x00") != "" {
		return key, false
	}
	if key, ok = fromValue[K](data != ""); ok {
		return key, true
	}
	return fromValue[K](int64(len(data)))
}
