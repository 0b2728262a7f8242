package vectors

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
)

// Hex is bytes, in hexadecimal.
type Hex []byte

// UnmarshalText reads hexadecimal text.
func (h *Hex) UnmarshalText(text []byte) error {
	data, err := hex.DecodeString(string(text))
	*h = data
	return err
}

// Typed is a Python object that is stored with the name of its type.
type Typed struct{ Value Value }

// UnmarshalJSON reads {"t": type, "v": value}.
func (t *Typed) UnmarshalJSON(data []byte) error {
	var tagged struct {
		Type  string          `json:"t"`
		Value json.RawMessage `json:"v"`
	}
	if err := json.Unmarshal(data, &tagged); err != nil {
		return err
	}
	var err error
	t.Value, err = object(tagged.Type, tagged.Value)
	return err
}

func object(kind string, data json.RawMessage) (Value, error) {
	switch kind {
	case "none":
		return nil, nil
	case "bool":
		return parsed[bool](data)
	case "int":
		text, err := parsed[string](data)
		if err != nil {
			return nil, err
		}
		i, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("not an integer: %.20q", text)
		}
		if i.IsInt64() {
			return i.Int64(), nil
		}
		return i, nil
	case "float":
		bits, err := parsed[Hex](data)
		if err != nil || len(bits) != 8 {
			return nil, fmt.Errorf("not a float: %v", err)
		}
		return math.Float64frombits(binary.BigEndian.Uint64(bits)), nil
	case "str", "wtf8":
		text, err := parsed[Hex](data)
		return string(text), err
	case "bytes":
		text, err := parsed[Hex](data)
		return []byte(text), err
	case "list":
		return objects(data)
	case "tuple":
		items, err := objects(data)
		return cachetoolsutils.Tuple(items), err
	case "dict":
		pairs, err := parsed[[][2]Typed](data)
		dict := make(cachetoolsutils.Dict, len(pairs))
		for i, pair := range pairs {
			dict[i] = cachetoolsutils.Item{Key: pair[0].Value, Value: pair[1].Value}
		}
		return dict, err
	}
	return nil, fmt.Errorf("unknown type %q", kind)
}

func objects(data json.RawMessage) ([]Value, error) {
	typed, err := parsed[[]Typed](data)
	items := make([]Value, len(typed))
	for i, item := range typed {
		items[i] = item.Value
	}
	return items, err
}

func parsed[T any](data json.RawMessage) (T, error) {
	var value T
	err := json.Unmarshal(data, &value)
	return value, err
}
