package funcvars

import (
	"encoding/json"
	"errors"
	"reflect"

	"github.com/ctxcache/cached/internal/jsonkey"
	"github.com/ctxcache/cached/internal/jsonnull"
	"github.com/ctxcache/cached/layers"
)

// ResultCodec is a layers.Codec for the results of one type. [CodecFor] makes one.
type ResultCodec struct {
	result reflect.Type
	codec  validatedCodec
}

// validatedCodec is a codec that may be unfit for its type.
type validatedCodec interface {
	layers.Codec[reflect.Value]
	Validate() error
}

// CodecFor returns codec as the codec for results of type V, for Options.Codecs. It panics if codec is nil.
func CodecFor[V any](codec layers.Codec[V]) ResultCodec {
	if codec == nil {
		panic("funcvars: CodecFor a nil codec")
	}
	return ResultCodec{reflect.TypeFor[V](), reflected[V]{codec}}
}

// reflected is a codec of V that takes and returns reflect.Values.
type reflected[V any] struct{ codec layers.Codec[V] }

// Validate returns the error of the codec's method Validate, if it has one.
func (c reflected[V]) Validate() error {
	if v, ok := c.codec.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

func (c reflected[V]) Encode(result reflect.Value) ([]byte, error) {
	value, _ := reflect.TypeAssert[V](result) // it is a V, or the nil of an interface
	return c.codec.Encode(value)
}

func (c reflected[V]) Decode(data []byte) (reflect.Value, error) {
	value, err := c.codec.Decode(data)
	return reflect.ValueOf(&value).Elem(), err
}

// jsonCodec is layers.JSON for results of a type that is known only to reflection.
type jsonCodec struct{ result reflect.Type }

func (c jsonCodec) Encode(result reflect.Value) ([]byte, error) {
	pointer := reflect.New(c.result) // jsonkey.ResultProblem assumed that a pointer's methods are used
	pointer.Elem().Set(result)
	return jsonkey.MarshalResult(pointer)
}

func (c jsonCodec) Decode(data []byte) (reflect.Value, error) {
	pointer := reflect.New(c.result)
	if err := json.Unmarshal(data, pointer.Interface()); err != nil {
		return reflect.Value{}, err
	}
	if jsonnull.Is(data) && !jsonnull.Encodes(pointer.Interface()) {
		return reflect.Value{}, errors.New("null is not a result of this type")
	}
	return pointer.Elem(), nil
}
