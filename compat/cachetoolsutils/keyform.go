package cachetoolsutils

import (
	"encoding/binary"
	"math"
	"math/big"
)

// The form of a Key begins with one of these bytes. If the form has a length, in bytes or in items, the length follows
// as a uvarint.
const (
	formNone  byte = 'n'
	formTrue  byte = 't'
	formFalse byte = 'f'
	formInt   byte = 'i' // a varint
	formBig   byte = 'I' // length, a byte for the sign, bytes; decimal digits would take quadratic time
	formFloat byte = 'd' // eight bytes
	formText  byte = 's' // length, bytes
	formBytes byte = 'b'
	formClass byte = 'c'
	formList  byte = 'l' // length, items
	formTuple byte = 'u'
	formDict  byte = 'm' // length, keys and values in turn
)

// appendForm appends v in a form that formReader can read. Different objects have different forms.
func appendForm(out []byte, v Value, depth int) ([]byte, error) {
	v, ok := plain(v)
	if !ok {
		return nil, errObject
	}
	if depth >= formLevels {
		return nil, errDepth
	}
	switch v := v.(type) {
	case nil:
		return append(out, formNone), nil
	case bool:
		if v {
			return append(out, formTrue), nil
		}
		return append(out, formFalse), nil
	case int64:
		return binary.AppendVarint(append(out, formInt), v), nil
	case *big.Int:
		return appendFormText(out, formBig, string(append([]byte{byte(1 + v.Sign())}, v.Bytes()...))), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(out, formFloat), math.Float64bits(v)), nil
	case string:
		return appendFormText(out, formText, v), nil
	case []byte:
		return appendFormText(out, formBytes, string(v)), nil
	case class:
		return appendFormText(out, formClass, string(v)), nil
	case []Value:
		return appendFormItems(out, formList, len(v), v, depth)
	case Tuple:
		return appendFormItems(out, formTuple, len(v), v, depth)
	case Dict:
		items := make([]Value, 0, 2*len(v))
		for _, item := range v {
			items = append(items, item.Key, item.Value)
		}
		return appendFormItems(out, formDict, len(v), items, depth)
	}
	return nil, errObject
}

func appendFormText(out []byte, form byte, text string) []byte {
	return append(binary.AppendUvarint(append(out, form), uint64(len(text))), text...)
}

func appendFormItems(out []byte, form byte, length int, items []Value, depth int) ([]byte, error) {
	out = binary.AppendUvarint(append(out, form), uint64(length))
	for _, item := range items {
		var err error
		if out, err = appendForm(out, item, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// formReader reads forms that appendForm has written. It does not check them, because it never gets anything else.
type formReader string

func (f *formReader) value() Value {
	form := (*f)[0]
	*f = (*f)[1:]
	switch form {
	case formTrue:
		return true
	case formFalse:
		return false
	case formInt:
		i, size := binary.Varint([]byte((*f)[:min(len(*f), binary.MaxVarintLen64)]))
		*f = (*f)[size:]
		return i
	case formBig:
		text := f.text()
		i := new(big.Int).SetBytes([]byte(text[1:]))
		if text[0] == 0 { // 1 + the sign -1
			i.Neg(i)
		}
		return i
	case formFloat:
		bits := binary.BigEndian.Uint64([]byte((*f)[:8]))
		*f = (*f)[8:]
		return math.Float64frombits(bits)
	case formText:
		return f.text()
	case formBytes:
		return []byte(f.text())
	case formClass:
		return class(f.text())
	case formList:
		return f.items(f.length())
	case formTuple:
		return Tuple(f.items(f.length()))
	case formDict:
		dict := make(Dict, f.length())
		for i := range dict {
			dict[i].Key = f.value()
			dict[i].Value = f.value()
		}
		return dict
	}
	return nil // formNone
}

func (f *formReader) length() int {
	n, size := binary.Uvarint([]byte((*f)[:min(len(*f), binary.MaxVarintLen64)]))
	*f = (*f)[size:]
	return int(n)
}

func (f *formReader) text() string {
	n := f.length()
	text := string((*f)[:n])
	*f = (*f)[n:]
	return text
}

func (f *formReader) items(n int) []Value {
	items := make([]Value, n)
	for i := range items {
		items[i] = f.value()
	}
	return items
}
