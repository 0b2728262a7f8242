package cachetoolsutils

import (
	"fmt"
	"math/big"
	"strconv"
	"unicode"

	"github.com/ctxcache/cached/ctxcache"
)

// errObject is the cause of an error about a Go value that has no counterpart in Python.
var errObject = ctxcache.Discreet("not a Python object", nil)

// Str returns Python's str(v): v itself if it is a string, and otherwise the text that Python prints. It returns an
// error for a Go value that is not a [Value], for an int of more than 4,300 digits, and for containers that are nested
// deeper than 997 levels: Python 3.11 has no str() for them either.
func Str(v Value) (string, error) {
	v, ok := plain(v)
	if !ok {
		return "", errObject
	}
	if text, ok := v.(string); ok {
		return text, nil
	}
	text, err := appendRepr(nil, v, 0)
	return string(text), err
}

// appendRepr appends Python's repr(v).
func appendRepr(out []byte, v Value, depth int) ([]byte, error) {
	v, ok := plain(v)
	if !ok {
		return nil, errObject
	}
	if depth >= strLevels {
		return nil, errDepth
	}
	switch v := v.(type) {
	case nil:
		return append(out, "None"...), nil
	case bool:
		if v {
			return append(out, "True"...), nil
		}
		return append(out, "False"...), nil
	case int64:
		return strconv.AppendInt(out, v, 10), nil
	case *big.Int:
		return appendBig(out, v)
	case float64:
		if name, ok := notFinite(v, "nan", "inf"); ok {
			return append(out, name...), nil
		}
		return appendFloat(out, v), nil
	case string:
		return appendReprString(out, v)
	case []byte:
		return appendReprBytes(out, v), nil
	case []Value:
		return appendReprItems(out, '[', v, ']', depth)
	case Tuple:
		if len(v) == 1 {
			out, err := appendRepr(append(out, '('), v[0], depth+1)
			return append(out, ",)"...), err
		}
		return appendReprItems(out, '(', v, ')', depth)
	case Dict:
		return appendReprDict(out, v, depth)
	case class:
		return append(out, v...), nil
	}
	return nil, errObject
}

func appendReprItems(out []byte, open byte, items []Value, end byte, depth int) ([]byte, error) {
	out = append(out, open)
	for i, item := range items {
		if i > 0 {
			out = append(out, ", "...)
		}
		var err error
		if out, err = appendRepr(out, item, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, end), nil
}

func appendReprDict(out []byte, dict Dict, depth int) ([]byte, error) {
	out = append(out, '{')
	for i, item := range dict {
		if i > 0 {
			out = append(out, ", "...)
		}
		var err error
		if out, err = appendRepr(out, item.Key, depth+1); err != nil {
			return nil, err
		}
		if out, err = appendRepr(append(out, ": "...), item.Value, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// appendReprString appends the repr() of a str, which is its form in a container. Printable characters of all scripts
// stay unchanged. Which characters are printable depends on the version of Unicode: Python 3.11 has 14.0, and Go 1.26
// has 15.0.
func appendReprString(out []byte, text string) ([]byte, error) {
	quote := reprQuote(text)
	out = append(out, quote)
	for len(text) > 0 {
		r, size, ok := codePoint(text)
		if !ok {
			return nil, errText
		}
		text = text[size:]
		switch {
		case r < 0x7f:
			out = appendReprByte(out, byte(r), quote)
		case unicode.IsPrint(r):
			out = appendCodePoint(out, r)
		case r <= 0xff:
			out = fmt.Appendf(out, `\x%02x`, r)
		case r < firstAstral:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = fmt.Appendf(out, `\U%08x`, r)
		}
	}
	return append(out, quote), nil
}

func appendReprBytes(out, data []byte) []byte {
	quote := reprQuote(data)
	out = append(out, 'b', quote)
	for _, b := range data {
		out = appendReprByte(out, b, quote)
	}
	return append(out, quote)
}

// reprQuote returns the quote around data: a single quote, unless data has a single quote and no double quote.
func reprQuote[T string | []byte](data T) byte {
	quote := byte('\'')
	for i := range len(data) {
		switch data[i] {
		case '"':
			return '\''
		case '\'':
			quote = '"'
		}
	}
	return quote
}

func appendReprByte(out []byte, b, quote byte) []byte {
	switch {
	case b == quote || b == '\\':
		return append(out, '\\', b)
	case b == '\t':
		return append(out, `\t`...)
	case b == '\n':
		return append(out, `\n`...)
	case b == '\r':
		return append(out, `\r`...)
	case b < 0x20 || b >= 0x7f:
		return fmt.Appendf(out, `\x%02x`, b)
	}
	return append(out, b)
}
