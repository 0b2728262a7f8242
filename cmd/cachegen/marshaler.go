package main

import (
	"go/token"
	"go/types"
	"slices"
)

var (
	errorType = types.Universe.Lookup("error").Type()
	bytesType = types.NewSlice(types.Typ[types.Byte])

	jsonMarshaler   = interfaceOf("MarshalJSON", nil, []types.Type{bytesType, errorType})
	jsonUnmarshaler = interfaceOf("UnmarshalJSON", []types.Type{bytesType}, []types.Type{errorType})
	textMarshaler   = interfaceOf("MarshalText", nil, []types.Type{bytesType, errorType})
	textUnmarshaler = interfaceOf("UnmarshalText", []types.Type{bytesType}, []types.Type{errorType})
)

// interfaceOf returns an interface with that method. Types are compared with it instead of with json.Marshaler and the
// like, since their package need not import encoding/json.
func interfaceOf(method string, params, results []types.Type) *types.Interface {
	signature := types.NewSignatureType(nil, nil, nil, tupleOf(params), tupleOf(results), false)
	made := types.NewInterfaceType([]*types.Func{types.NewFunc(token.NoPos, nil, method, signature)}, nil)
	return made.Complete()
}

func tupleOf(all []types.Type) *types.Tuple {
	var variables []*types.Var
	for _, typ := range all {
		variables = append(variables, types.NewParam(token.NoPos, nil, "", typ))
	}
	return types.NewTuple(variables...)
}

// marshals reports whether values of that type make their own JSON.
func marshals(typ types.Type, addressable bool) bool {
	return implements(typ, jsonMarshaler, textMarshaler) ||
		addressable && implements(types.NewPointer(typ), jsonMarshaler, textMarshaler)
}

func unmarshals(typ types.Type) bool {
	if _, isPointer := typ.Underlying().(*types.Pointer); !isPointer {
		typ = types.NewPointer(typ)
	}
	return implements(typ, jsonUnmarshaler, textUnmarshaler)
}

// implements reports whether typ implements at least one of interfaces.
func implements(typ types.Type, interfaces ...*types.Interface) bool {
	return slices.ContainsFunc(interfaces, func(i *types.Interface) bool { return types.Implements(typ, i) })
}
