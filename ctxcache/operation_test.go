package ctxcache_test

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ctxcache/cached/ctxcache"
)

// notObserved are the methods of a layer that are not operations: they say what the cache is.
var notObserved = []string{"CloneFunc", "Describe", "Partition", "StoredKey", "Supports", "Timeouts"}

// valueReads are the methods that read as GetEntries does, under the same operation. Forward does not have them: a layer
// that overrides GetEntries would be bypassed.
var valueReads = []string{"GetMany", "GetValues"}

// operationOf returns the operation of the method with this name.
func operationOf(method string) ctxcache.Operation {
	if slices.Contains(valueReads, method) {
		return ctxcache.OpGetEntries
	}
	return ctxcache.Operation(snake(method))
}

// snake writes the name of a method in snake case.
func snake(name string) string {
	var text strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			text.WriteByte('_')
		}
		text.WriteRune(unicode.ToLower(r))
	}
	return text.String()
}

// ledger notes which operations it was told of.
type ledger map[ctxcache.Operation]int

func (l ledger) Before(ctx context.Context, call ctxcache.Call[string]) (context.Context, struct{}) {
	l[call.Op]++
	return ctx, struct{}{}
}

func (l ledger) After(_ context.Context, call ctxcache.Call[string], _ struct{}, _ ctxcache.Outcome) {
	l[call.Op]++
}

// Every operation has one name, which is its method's, and Observed hands every one of them to its observer.
func TestEveryOperationIsObservedUnderItsName(t *testing.T) {
	for _, inner := range map[string]ctxcache.Cache[string, string]{
		"able": ctxcache.Invalid[string, string](ctxcache.Description{Kind: "test"}, errors.New("broken")), "three methods": newThree(),
	} {
		seen := ledger{}
		o := ctxcache.NewObserved(inner, ctxcache.Description{Kind: "test"}, ctxcache.Observer[string, struct{}](seen))
		want := ledger{}
		for name := range answers(t.Context(), &o) {
			want[operationOf(name)] += 2
		}
		if !maps.Equal(seen, want) {
			t.Errorf("observed %v, want before and after each of %v", seen, want)
		}
	}
}

// The three bases, and a cache of invalid options, have the same methods: none forgets a capability. All but Forward read
// values, too.
func TestBasesHaveTheSameMethods(t *testing.T) {
	methods := func(typ reflect.Type) (names []string) {
		for method := range typ.Methods() {
			names = append(names, method.Name)
		}
		return names
	}
	forward := methods(reflect.TypeFor[*ctxcache.Forward[string, string]]())
	want := slices.Sorted(slices.Values(append(forward, valueReads...)))
	for _, typ := range []reflect.Type{
		reflect.TypeFor[*ctxcache.Observed[string, string, int]](),
		reflect.TypeFor[*ctxcache.Mapped[string, string, string, string]](),
		reflect.TypeOf(ctxcache.Invalid[string, string](ctxcache.Description{}, errors.New("broken"))),
	} {
		if got := methods(typ); !slices.Equal(got, want) {
			t.Errorf("%v has %v, want Forward's and %v, which are %v", typ, got, valueReads, want)
		}
	}
}

func TestInvalidAnswersEveryCallWithItsError(t *testing.T) {
	broken := errors.New("broken")
	c := ctxcache.Invalid[string, string](ctxcache.Description{Kind: "test"}, broken)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range answers(t.Context(), c) {
		failure, ok := errors.AsType[*ctxcache.Error](err)
		if !ok || failure.Layer != "test" || failure.Op != operationOf(name) || failure.Err != broken {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range answers(done, c) {
		if err != context.Canceled {
			t.Errorf("%s in a done context: %v", name, err)
		}
	}
}

// answers calls every operation of c with this context, and returns the errors.
func answers(ctx context.Context, c any) map[string]error {
	errs := make(map[string]error)
	v := reflect.ValueOf(c)
	for i := range v.NumMethod() {
		name, method := v.Type().Method(i).Name, v.Method(i)
		if slices.Contains(notObserved, name) {
			continue
		}
		args := make([]reflect.Value, method.Type().NumIn())
		for i := range args {
			args[i] = reflect.Zero(method.Type().In(i))
			if method.Type().In(i) == reflect.TypeFor[context.Context]() {
				args[i] = reflect.ValueOf(ctx)
			}
		}
		out := method.Call(args)
		if name == "Keys" {
			for _, err := range out[0].Seq2() {
				out = []reflect.Value{err}
			}
		}
		errs[name], _ = reflect.TypeAssert[error](out[len(out)-1])
	}
	return errs
}
