package cachetoolsutils

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
)

// errJSON is the cause of an error about a Python object that has no JSON: bytes, or a dict with keys that are not text
// or are of several kinds. Python raises TypeError for it.
var errJSON = errors.New("not JSON serializable")

// EncodeJSON returns v as JSON, as json.dumps(v, sort_keys=True, separators=(",", ":")) does in Python: sorted, compact
// and in ASCII. A float has a decimal point or an exponent, or is NaN, Infinity or -Infinity. An object without JSON,
// such as bytes, is an error.
//
// A Go value that is not a [Value], such as a struct, is first written by encoding/json, and then changed to this form.
// Python reads a whole float in it as an int.
func EncodeJSON(v Value) ([]byte, error) { return appendJSON(nil, v, 0) }

func appendJSON(out []byte, v Value, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	p, ok := plain(v)
	if !ok {
		return appendMarshaled(out, v, depth)
	}
	switch v := p.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case int64:
		return strconv.AppendInt(out, v, 10), nil
	case *big.Int:
		return v.Append(out, 10), nil
	case float64:
		return appendJSONFloat(out, v), nil
	case string:
		return appendJSONString(out, v)
	case []Value:
		return appendJSONArray(out, v, depth)
	case Tuple:
		return appendJSONArray(out, v, depth)
	case Dict:
		return appendJSONObject(out, v, depth)
	}
	return nil, errJSON
}

// appendMarshaled appends the JSON that encoding/json makes of a Go value.
func appendMarshaled(out []byte, v any, depth int) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	decoded, err := DecodeJSON(data)
	if err != nil {
		return nil, err
	}
	return appendJSON(out, decoded, depth)
}

func appendJSONFloat(out []byte, f float64) []byte {
	if name, ok := notFinite(f, "NaN", "Infinity"); ok {
		return append(out, name...)
	}
	return appendFloat(out, f)
}

func appendJSONArray(out []byte, items []Value, depth int) ([]byte, error) {
	out = append(out, '[')
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendJSON(out, item, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendJSONObject(out []byte, dict Dict, depth int) ([]byte, error) {
	members, err := sortedMembers(dict)
	if err != nil {
		return nil, err
	}
	out = append(out, '{')
	for i, member := range members {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendJSONString(out, member.name); err != nil {
			return nil, err
		}
		if out, err = appendJSON(append(out, ':'), member.value, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

var jsonEscapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

func appendJSONString(out []byte, text string) ([]byte, error) {
	out = slices.Grow(out, len(text)+2)
	out = append(out, '"')
	for len(text) > 0 {
		r, size, ok := codePoint(text)
		if !ok {
			return nil, errText
		}
		text = text[size:]
		switch escape, escaped := jsonEscapes[r]; {
		case escaped:
			out = append(out, escape...)
		case r >= 0x20 && r < 0x7f:
			out = append(out, byte(r))
		case r < firstAstral:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			r -= firstAstral
			out = fmt.Appendf(out, `\u%04x\u%04x`, firstSurrogate|r>>10, lowSurrogate|r&0x3ff)
		}
	}
	return append(out, '"'), nil
}
