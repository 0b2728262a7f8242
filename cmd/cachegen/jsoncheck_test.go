package main

import (
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/shapes"
	"github.com/ctxcache/cached/funcvars"
	"github.com/ctxcache/cached/layers"
)

// The generator refuses the types that funcvars.Replace refuses when a program runs, for the same reasons: jsonCheck and
// internal/jsonkey are two implementations of the same rules, over go/types and over reflect.
func TestJSONCheckAgreesWithFuncvars(t *testing.T) {
	dir := filepath.Join("testdata", "shapes")
	pkg := loadWithout(t, dir, "unwritten.go")
	all := pkg.Types.Scope().Lookup("All").Type().Underlying().(*types.Struct)
	imported := pkg.Imports["context"].Types.Scope().Lookup("Context").Type().Underlying().(*types.Interface)
	sameWords := strings.NewReplacer("interface {}", "any", "struct { ", "struct{", " }", "}")
	number := reflect.TypeFor[int]()
	for i := range all.NumFields() {
		written := all.Field(i)
		running := reflect.TypeFor[shapes.All]().Field(i)
		t.Run(written.Name(), func(t *testing.T) {
			faithful := strings.Fields(running.Tag.Get("faithful"))
			for use, theirs := range map[string]string{
				"key":    funcvarsProblem(reflect.FuncOf([]reflect.Type{number, running.Type}, []reflect.Type{number}, false)),
				"result": funcvarsProblem(reflect.FuncOf(nil, []reflect.Type{running.Type}, false)),
			} {
				check := jsonCheck{context: imported, comeBack: use == "result"}
				problem := check.problem(written.Type(), true)
				if want := slices.Contains(faithful, use); want != (problem == "") {
					t.Errorf("as a %s: %q; is it faithful: %v", use, problem, want)
				}
				if problem != sameWords.Replace(theirs) {
					t.Errorf("as a %s: %q; funcvars says %q", use, problem, theirs)
				}
			}
		})
	}
}

// funcvarsProblem returns why funcvars.Replace refuses a function of that type, or "" if it does not.
func funcvarsProblem(typ reflect.Type) string {
	variable := reflect.New(typ)
	variable.Elem().Set(reflect.MakeFunc(typ, func([]reflect.Value) []reflect.Value { return nil })) // never called
	_, err := funcvars.Replace(memory.New[string, []byte](nil), funcvars.Vars{"f.": variable.Interface()}, nil)
	if err == nil {
		return ""
	}
	for _, intro := range []string{"makes no key: ", "needs a codec: "} {
		if _, problem, found := strings.Cut(err.Error(), intro); found {
			problem, _, _ = strings.Cut(problem, "; set Options.Keys: ") // cachegen has flags for that
			problem, _, _ = strings.Cut(problem, "; add to Options.Codecs ")
			return problem
		}
	}
	return err.Error()
}

// The default codec of the generated code is layers.JSON. It must accept every result that the generator accepts, or each
// call would fail. It may accept more.
func TestResultsAreFitForTheDefaultCodec(t *testing.T) {
	a := &shapes.All{}
	codecs := map[string]error{
		"Bool":            invalid(&a.Bool),
		"Byte":            invalid(&a.Byte),
		"Uintptr":         invalid(&a.Uintptr),
		"Float":           invalid(&a.Float),
		"Complex":         invalid(&a.Complex),
		"Text":            invalid(&a.Text),
		"NamedText":       invalid(&a.NamedText),
		"Unsafe":          invalid(&a.Unsafe),
		"Channel":         invalid(&a.Channel),
		"Function":        invalid(&a.Function),
		"NamedFunction":   invalid(&a.NamedFunction),
		"Pointer":         invalid(&a.Pointer),
		"NamedPointer":    invalid(&a.NamedPointer),
		"PointerToStruct": invalid(&a.PointerToStruct),
		"PointerToArray":  invalid(&a.PointerToArray),
		"PointerToSlice":  invalid(&a.PointerToSlice),
		"PointerToMap":    invalid(&a.PointerToMap),
		"PointerToRaw":    invalid(&a.PointerToRaw),
		"Slice":           invalid(&a.Slice),
		"Bytes":           invalid(&a.Bytes),
		"Array":           invalid(&a.Array),
		"ArrayOfBad":      invalid(&a.ArrayOfBad),
		"Any":             invalid(&a.Any),
		"Stringer":        invalid(&a.Stringer),
		"Alias":           invalid(&a.Alias),
		"AliasOfHidden":   invalid(&a.AliasOfHidden),
		"GenericAlias":    invalid(&a.GenericAlias),
		"Context":         invalid(&a.Context),
		"OwnContext":      invalid(&a.OwnContext),
		"WrappedContext":  invalid(&a.WrappedContext),
		"Struct":          invalid(&a.Struct),
		"Empty":           invalid(&a.Empty),
		"MapOfText":       invalid(&a.MapOfText),
		"MapOfNumber":     invalid(&a.MapOfNumber),
		"MapOfFloat":      invalid(&a.MapOfFloat),
		"MapOfBool":       invalid(&a.MapOfBool),
		"MapOfAny":        invalid(&a.MapOfAny),
		"MapOfArray":      invalid(&a.MapOfArray),
		"MapOfTime":       invalid(&a.MapOfTime),
		"MapOfAddress":    invalid(&a.MapOfAddress),
		"MapOfOneWay":     invalid(&a.MapOfOneWay),
		"MapOfOneWayInt":  invalid(&a.MapOfOneWayInt),
		"MapOfMethod":     invalid(&a.MapOfMethod),
		"MapOfLookAlike":  invalid(&a.MapOfLookAlike),
		"MapOfPointers":   invalid(&a.MapOfPointers),
		"MapOfAddresses":  invalid(&a.MapOfAddresses),
		"MapOfTwoWays":    invalid(&a.MapOfTwoWays),
		"MapToAny":        invalid(&a.MapToAny),
		"SliceOfErrors":   invalid(&a.SliceOfErrors),
		"StructOfAny":     invalid(&a.StructOfAny),
		"AnyPointer":      invalid(&a.AnyPointer),
		"MapOfInterface":  invalid(&a.MapOfInterface),
		"MapToBigInt":     invalid(&a.MapToBigInt),
		"MapToBigPointer": invalid(&a.MapToBigPointer),
		"MapToPointers":   invalid(&a.MapToPointers),
		"Time":            invalid(&a.Time),
		"BigInt":          invalid(&a.BigInt),
		"BigPointer":      invalid(&a.BigPointer),
		"BigSlice":        invalid(&a.BigSlice),
		"BigArray":        invalid(&a.BigArray),
		"Raw":             invalid(&a.Raw),
		"Number":          invalid(&a.Number),
		"OneWay":          invalid(&a.OneWay),
		"OneWayPointer":   invalid(&a.OneWayPointer),
		"OneWayText":      invalid(&a.OneWayText),
		"TwoWays":         invalid(&a.TwoWays),
		"OfPointer":       invalid(&a.OfPointer),
		"LookAlike":       invalid(&a.LookAlike),
		"LookAlikeBad":    invalid(&a.LookAlikeBad),
		"HalfLookAlike":   invalid(&a.HalfLookAlike),
		"Marshaler":       invalid(&a.Marshaler),
		"BothWays":        invalid(&a.BothWays),
		"Textual":         invalid(&a.Textual),
		"TextMarshaler":   invalid(&a.TextMarshaler),
		"Promoted":        invalid(&a.Promoted),
		"PromotedAlone":   invalid(&a.PromotedAlone),
		"PromotedHidden":  invalid(&a.PromotedHidden),
		"PromotedBelow":   invalid(&a.PromotedBelow),
		"PromotedTwice":   invalid(&a.PromotedTwice),
		"QuotedName":      invalid(&a.QuotedName),
		"FormatOption":    invalid(&a.FormatOption),
		"InlineOption":    invalid(&a.InlineOption),
		"OtherOption":     invalid(&a.OtherOption),
		"OmittedZeros":    invalid(&a.OmittedZeros),
		"Hidden":          invalid(&a.Hidden),
		"HiddenPointer":   invalid(&a.HiddenPointer),
		"HiddenInside":    invalid(&a.HiddenInside),
		"Blank":           invalid(&a.Blank),
		"LeftOut":         invalid(&a.LeftOut),
		"Dash":            invalid(&a.Dash),
		"Omitted":         invalid(&a.Omitted),
		"OmittedSlice":    invalid(&a.OmittedSlice),
		"OmittedMap":      invalid(&a.OmittedMap),
		"SameName":        invalid(&a.SameName),
		"SameNameBelow":   invalid(&a.SameNameBelow),
		"Renamed":         invalid(&a.Renamed),
		"Embedded":        invalid(&a.Embedded),
		"EmbeddedHidden":  invalid(&a.EmbeddedHidden),
		"EmbeddedPointer": invalid(&a.EmbeddedPointer),
		"EmbeddedNamed":   invalid(&a.EmbeddedNamed),
		"EmbeddedText":    invalid(&a.EmbeddedText),
		"EmbeddedOpen":    invalid(&a.EmbeddedOpen),
		"EmbeddedAlias":   invalid(&a.EmbeddedAlias),
		"EmbeddedGeneric": invalid(&a.EmbeddedGeneric),
		"EmbeddedAny":     invalid(&a.EmbeddedAny),
		"EmbeddedReader":  invalid(&a.EmbeddedReader),
		"Generic":         invalid(&a.Generic),
		"GenericHidden":   invalid(&a.GenericHidden),
		"List":            invalid(&a.List),
		"Tree":            invalid(&a.Tree),
		"TreeOfHidden":    invalid(&a.TreeOfHidden),
		"Even":            invalid(&a.Even),
		"Endless":         invalid(&a.Endless),
		"EndlessMap":      invalid(&a.EndlessMap),
	}
	for field := range reflect.TypeFor[shapes.All]().Fields() {
		err, known := codecs[field.Name]
		if !known {
			t.Errorf("%s is missing", field.Name)
		}
		if slices.Contains(strings.Fields(field.Tag.Get("faithful")), "result") && err != nil {
			t.Errorf("%s: the generator accepts it as a result, and layers.JSON says %v", field.Name, err)
		}
	}
}

// invalid returns the error of the default codec for values of the type that pointer points to.
func invalid[V any](*V) error { return layers.JSON[V]{}.Validate() }
