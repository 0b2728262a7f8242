package cachetoolsutils

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/jsonkey"
)

// errJSON is the cause of an error about a Python object that has no JSON: bytes, or a dict with keys that are not text
// or are of several kinds. Python raises TypeError for it.
var errJSON = ctxcache.Discreet("not JSON serializable", nil)

// EncodeJSON returns v as JSON, as json.dumps(v, sort_keys=True, separators=(",", ":")) does in Python: sorted, compact
// and in ASCII. A float has a decimal point or an exponent, or is NaN, Infinity or -Infinity. An object without JSON,
// such as bytes, is an error. So is JSON that Python 3.11 cannot read: an int of more than 4,300 digits, and lists and
// dicts that are nested deeper than 994 levels. A Python program whose own calls are nested reads fewer levels.
//
// A Go value that is not a [Value], such as a struct, is first written by encoding/json, and then changed to this form.
// Python reads a whole float in it as an int. A map[string]Value is a dict.
//
// Errors do not quote v. A panic in a method of v is an error.
func EncodeJSON(v Value) ([]byte, error) { return jsonEncoder{}.value(nil, v, 0) }

// jsonEncoder writes JSON.
type jsonEncoder struct {
	// lossless refuses what would be read as another value: a Go value that is not a Python object, a surrogate pair,
	// a dict with two members of one name.
	lossless bool
	// key refuses Go values whose JSON may be another value's, because the text is a key.
	key bool
}

// value appends v, in depth lists and dicts.
func (e jsonEncoder) value(out []byte, v Value, depth int) ([]byte, error) {
	p, ok := plain(v)
	if !ok {
		return e.foreign(out, v, depth)
	}
	switch v := p.(type) {
	case string:
		return e.text(out, v)
	case []Value:
		return e.array(out, v, depth)
	case Tuple:
		return e.array(out, v, depth)
	case Dict:
		return e.object(out, v, depth)
	}
	return appendJSONScalar(out, p)
}

// appendJSONScalar appends a Python object that is neither a text nor has items.
func appendJSONScalar(out []byte, v Value) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case int64:
		return strconv.AppendInt(out, v, 10), nil
	case *big.Int:
		return appendBig(out, v)
	case float64:
		return appendJSONFloat(out, v), nil
	}
	return nil, errJSON
}

// foreign appends a Go value that is not a Python object.
func (e jsonEncoder) foreign(out []byte, v any, depth int) ([]byte, error) {
	if e.lossless {
		return nil, errObject
	}
	if members, ok := v.(map[string]Value); ok && members != nil {
		dict := make(Dict, 0, len(members))
		for name, value := range members {
			dict = append(dict, Item{name, value})
		}
		return e.object(out, dict, depth)
	}
	data, err := e.marshal(v)
	if err != nil {
		return nil, err
	}
	decoded, err := DecodeJSON(data)
	if err != nil {
		return nil, err
	}
	return e.value(out, decoded, depth)
}

// marshal is json.Marshal, or for a key jsonkey.Text. A panic in a method of v is an error, and no error prints v.
func (e jsonEncoder) marshal(v any) (data []byte, err error) {
	defer recovered(&err)
	if e.key {
		return jsonkey.Text(v)
	}
	if data, err = json.Marshal(v); err != nil {
		err = ctxcache.Discreet(fmt.Sprintf("encoding/json cannot write a %T", v), err)
	}
	return data, err
}

func appendJSONFloat(out []byte, f float64) []byte {
	if name, ok := notFinite(f, "NaN", "Infinity"); ok {
		return append(out, name...)
	}
	return appendFloat(out, f)
}

func (e jsonEncoder) array(out []byte, items []Value, depth int) ([]byte, error) {
	if depth >= jsonLevels {
		return nil, errDepth
	}
	out = append(out, '[')
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = e.value(out, item, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func (e jsonEncoder) object(out []byte, dict Dict, depth int) ([]byte, error) {
	if depth >= jsonLevels {
		return nil, errDepth
	}
	members, err := sortedMembers(dict)
	if err != nil {
		return nil, err
	}
	if e.lossless && repeatsNames(members) {
		return nil, errJSON
	}
	out = append(out, '{')
	for i, member := range members {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = e.text(out, member.name); err != nil {
			return nil, err
		}
		if out, err = e.value(append(out, ':'), member.value, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

var jsonEscapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

func (e jsonEncoder) text(out []byte, text string) ([]byte, error) {
	if e.lossless && hasPair(text) {
		return nil, errPair
	}
	return appendJSONString(out, text)
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
