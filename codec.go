package cached

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
)

// Codec turns results into bytes and back. Those of package layers, such as layers.Gob, are codecs, and their
// interface, layers.Codec, has the rules.
type Codec[V any] interface {
	Encode(value V) ([]byte, error)
	Decode(data []byte) (V, error)
}

// ResultCodec is a [Codec] for the results of one type, among those of other types: [CodecFor] makes one.
type ResultCodec struct {
	result reflect.Type
	encode func(reflect.Value) ([]byte, error)
	decode func([]byte) (reflect.Value, error)
}

// CodecFor returns codec as the one for results of type V, for [FuncsOptions]. It panics if codec is nil.
func CodecFor[V any](codec Codec[V]) ResultCodec {
	if codec == nil {
		panic("cached: CodecFor a nil codec")
	}
	return ResultCodec{
		result: reflect.TypeFor[V](),
		encode: func(result reflect.Value) ([]byte, error) {
			value, _ := reflect.TypeAssert[V](result) // it is a V, or the nil of an interface
			return codec.Encode(value)
		},
		decode: func(data []byte) (reflect.Value, error) {
			value, err := codec.Decode(data)
			return reflect.ValueOf(&value).Elem(), err
		},
	}
}

// jsonCodec returns the codec of encoding/json for results of that type.
func jsonCodec(result reflect.Type) ResultCodec {
	return ResultCodec{
		result: result,
		encode: func(value reflect.Value) ([]byte, error) {
			pointer := reflect.New(result) // jsonCheck has relied on the methods of pointers
			pointer.Elem().Set(value)
			return marshal(pointer.Interface())
		},
		decode: func(data []byte) (reflect.Value, error) {
			pointer := reflect.New(result)
			if err := json.Unmarshal(data, pointer.Interface()); err != nil {
				return reflect.Value{}, err
			}
			if isNull(data) { // encoding/json takes that for anything; it has to be what encode made
				if again, err := marshal(pointer.Interface()); err != nil || !isNull(again) {
					return reflect.Value{}, errors.New("null is no such result")
				}
			}
			return pointer.Elem(), nil
		},
	}
}

func isNull(data []byte) bool { return bytes.Equal(bytes.TrimSpace(data), []byte("null")) }
