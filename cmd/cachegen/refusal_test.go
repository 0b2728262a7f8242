package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// refused is the package in testdata/refused, once a test has loaded it. Tests only read it.
var refused *packages.Package

func refusedPackage(t *testing.T) *packages.Package {
	t.Helper()
	if refused == nil {
		refused = loadWithout(t, filepath.Join("testdata", "refused"), "unwritten.go")
	}
	return refused
}

func TestRefusals(t *testing.T) {
	dir := filepath.Join("testdata", "refused")
	sources := map[string]string{}
	for _, file := range []string{"refused.go", "clients.go"} {
		source, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		sources[file] = string(source)
	}
	pkg := refusedPackage(t)
	for _, test := range []struct {
		typeName, methods string
		at                string // the text at the place that the error gives
		want              string
	}{
		{"Missing", "Get=1.", "", "package refused has no type Missing"},
		{"Struct", "Get=1.", "Struct struct{", "Struct is not an interface"},
		{"Constraint", "Get=1.", "Constraint interface", "Constraint is a constraint"},
		{"Shapes", "Get=1.", "Shapes interface", "Shapes has no method Get"},
		{"Shapes", "NoContext=1.", "NoContext(", "NoContext: its first parameter is not a context.Context"},
		{"Shapes", "LateContext=1.", "LateContext(", "its first parameter is not a context.Context"},
		{"Shapes", "NoError=1.", "NoError(", "NoError: its results are not (T, error)"},
		{"Shapes", "TwoResults=1.", "TwoResults(", "its results are not (T, error)"},
		{"Shapes", "Nothing=1.", "Nothing(", "its results are not (T, error)"},
		{"Keys", "Channel=1.", "c chan int", "parameter 1 makes no key: chan int has no JSON"},
		{"Keys", "TwoContexts=1.", "second context.Context", "parameter 1 makes no key: context.Context is a context"},
		{"Keys", "Callback=1.", "call ...func()", "parameter 2 makes no key: func() has no JSON"},
		{"Keys", "Complex=1.", "c map[string][]complex64", "complex64 has no JSON"},
		{"Keys", "Hidden=1.", "s *Struct", "its JSON leaves out field hidden"},
		{"Keys", "Left=1.", "s struct {", "its JSON leaves out field ID"},
		{"Keys", "MapKey=1.", "m map[Struct]int", "has no JSON"},
		{"Keys", "Inside=1.", "m map[string]big.Int", "its JSON leaves out field neg of big.Int"},
		{"Interfaces", "Any=1.", "a any", "parameter 1 makes no key: any is an interface, and JSON does not record the type of the value in it"},
		{"Interfaces", "Any=1.", "a any", "; add -key Any=anyKey, and to the package: func anyKey(ctx context.Context, a any) (string, error)"},
		{"Interfaces", "Reader=1.", "readers ...io.Reader", "parameter 2 makes no key: io.Reader is an interface"},
		{"Interfaces", "Reader=1.", "readers ...", "func readerKey(ctx context.Context, id int, readers ...io.Reader) (string, error)"},
		{"Interfaces", "Field=1.", "f struct{ E error }) (int", "parameter 1 makes no key: error is an interface"},
		{"Interfaces", "Behind=1.", "b *[]map", "JSON does not record whether a *[]map[string][1]any is nil"},
		{"Interfaces", "MapKey=1.", "m map[interface", "interface{MarshalText() ([]byte, error)} is an interface"},
		{"Interfaces", "Marshaler=1.", "j interface", "interface{MarshalJSON() ([]byte, error)} is an interface"},
		{"Interfaces", "Indirect=1.", "p **int", "JSON does not record whether a **int is nil or points to nil"},
		{"Interfaces", "Promoted=1.", "p Promoted", "the JSON of refused.Promoted may be the JSON of its embedded big.Int alone"},
		{"Interfaces", "Unnamed=1.", "", "parameter 2 makes no key: any is an interface"},
		{"Interfaces", "Unnamed=1.", "", "add -key Unnamed=unnamedKey, and to the package: func unnamedKey(context.Context, string, any) (string, error)"},
		{"Interfaces", "URLOf=1.", "site any", "add -key URLOf=urlOfKey, and to the package: func urlOfKey(ctx context.Context, site any) (string, error)"},
		{"Interfaces", "find=1.", "by io.Reader", "add -key find=findKey, " +
			"and to the package: func findKey(ctx context.Context, by io.Reader, more ...any) (string, error)"},
		{"Parameters", "Key=1.", "key K) (int", "parameter 1 makes no key: K may be an interface"},
		{"Parameters", "Key=1.", "key K) (int", "add -key Key=keyKey, and to the package: " +
			"func keyKey[K comparable, S ~[]any, N ~int | ~string, P ~*int | ~[]int, " +
			"M interface{String() string}](ctx context.Context, key K) (string, error)"},
		{"Parameters", "Slice=1.", "s S)", "any is an interface"},
		{"Parameters", "Behind=1.", "b map", "K may be an interface"},
		{"Parameters", "MapKey=1.", "mk map", "K may be an interface"},
		{"Parameters", "Pointer=1.", "p *P", "JSON does not record whether a *P is nil or points to nil"},
		{"Parameters", "Field=1.", "f struct {", "its JSON does not record whether field P of"},
		{"Parameters", "Stringer=1.", "m M)", "M may be an interface"},
		{"Interfaces", "Any=1. -key Any=noKey", "Any(ctx", "Any: -key: the package has no function noKey, tests aside; " +
			"add: func noKey(ctx context.Context, a any) (string, error)"},
		{"Interfaces", "Any=1. -key Any=Struct", "Any(ctx", "the package has no function Struct"},
		{"Interfaces", "Any=1. -key Any=variableKey", "Any(ctx", "the package has no function variableKey"},
		{"Interfaces", "Reader=1. -key Reader=readerKey", "readerKey(_ context", "-key: readerKey cannot make the keys of Reader: " +
			"its parameters or results are others; want: func readerKey(ctx context.Context, id int, readers ...io.Reader) (string, error)"},
		{"Interfaces", "Field=1. -key Field=fieldKey", "fieldKey(_ context", "-key: fieldKey cannot make the keys of Field: " +
			"its parameters or results are others"},
		{"Clients", "Head=1. -key Head=listKey", "listKey(context.Context", "-key: listKey cannot make the keys of Head: its parameters or results are others"},
		{"Clients", "Head=1. -key Head=listKey -ignore optFns", "listKey(context.Context", "; want: func listKey(ctx context.Context, " +
			"name string) (string, error)"},
		{"Interfaces", "Indirect=1. -key Indirect=ctx", "ctx(context.Context, **int)", "-key: the function ctx has the name of a variable"},
		{"Interfaces", "Any=1. -key Any=genericKey", "genericKey[T any](", "-key: genericKey cannot make the keys of Any: " +
			"its type parameters are not the interface's"},
		{"Parameters", "Key=1. -key Key=orderedKey", "orderedKey[K cmp.Ordered, S, N, P, M any](", "-key: orderedKey cannot make the keys of Key: " +
			"K does not satisfy cmp.Ordered"},
		{"Interfaces", "Any=1. -ignore Any.b", "Any(ctx", "-ignore Any.b: Any has no such parameter; it has a"},
		{"Interfaces", "Unnamed=1. -ignore Unnamed.b", "", "-ignore Unnamed.b: Unnamed has no such parameter; it has arg1 and arg2"},
		{"Interfaces", "Any=1. -ignore ctx -key Any=anyKey", "Interfaces interface", "-ignore ctx: none of the -methods has such a parameter"},
		{"Interfaces", "Any=1,Reader=2 -ignore a", "readers ...io.Reader", "parameter 2 makes no key"},
		{"Results", "Reader=1. -codec Reader -ignore Reader.a", "Reader(ctx context.Context) (io", "it has the context only"},
		{"More", "Embedded=1.", "e struct{ *Struct2 }", "does not record whether the embedded *refused.Struct2 of"},
		{"More", "Twice=1.", "t Twice", `its JSON leaves out a field of refused.Twice: two are called "X"`},
		{"More", "Nested=1.", "n Nested", "its JSON leaves out field hidden of refused.Struct"},
		{"Results", "Reader=1.", "io.Reader, error", "needs a codec (-codec): JSON does not record which io.Reader it was"},
		{"Results", "Sequence=1.", "iter.Seq[int], error", "the result cannot be stored: iter.Seq[int] has no JSON; leave Sequence out of -methods"},
		{"Results", "Changes=1.", "<-chan string, error", "the result cannot be stored: <-chan string has no JSON; leave Changes out of -methods"},
		{"Results", "Hidden=1.", "[]Struct, error", "its JSON leaves out field hidden"},
		{"Results", "Hidden=1.", "[]Struct, error", "; add -codec Hidden, and set HiddenCodec in the CachedResultsOptions"},
		{"Results", "OneWay=1.", "OneWay, error", "marshals itself, but does not unmarshal"},
		{"Foreign", "Find=1.", "", "its type secret is not exported by package " + module + "/cmd/cachegen/testdata/refused/other"},
		{"Foreign", "Dive=1.", "", "is in " + module + "/cmd/cachegen/testdata/refused/other/internal/deep, which is internal to others"},
		{"Foreign", "Ask=1.", "", "its type has a method answer, which package " + module + "/cmd/cachegen/testdata/refused/other does not export"},
		{"Foreign", "hide=1.", "", "the method hide is not exported by package"},
		{"Grouped", "Get=1.", "CachedFunctions() error", "the method CachedFunctions has the name of a member that would be generated for the wrapper"},
		{"Taken", "Get=1.", "DeleteCachedGet() error", "the method DeleteCachedGet has the name of a member that would be generated for Get"},
		{"Self", "Get=1.", "Self(ctx", "has the name of a member that would be generated for the embedded Self"},
		{"Twins", "Get=1.,get=2.", "Twins interface", "would be generated for Get and for get"},
		{"Shadowed", "Get=1.", "map[string]opts, error", "the type opts of its result has the name of a variable in the generated code"},
		{"Parameter", "Get=1.", "inner any", "the type parameter inner has the name of a variable in the generated code"},
		{"Nameless", "Get=1.", "_ any", "the type parameter has no name to pass it on by"},
		{"Constrained", "Get=1.", "", "package refused has no type Constrained, tests aside; build constraints leave out constrained.go"},
		{"Declared", "Get=1.", "CachedDeclared struct", "CachedDeclared is declared here, and would be declared in the generated code"},
	} {
		req, err := parseRequest(append([]string{"-type", test.typeName, "-methods"}, strings.Fields(test.methods)...), os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		_, err = inspect(pkg, dir, req)
		got := fmt.Sprint(err)
		if !strings.Contains(got, test.want) {
			t.Errorf("%s %s: %q, want %q", test.typeName, test.methods, got, test.want)
		}
		if at := position(t, sources, test.at); test.at != "" && !strings.HasPrefix(got, at+": ") {
			t.Errorf("%s %s: %q, want it to be at %s", test.typeName, test.methods, got, at)
		}
	}
}

// A refusal of the parameters of a generated client says which flags to type.
func TestClientsAreRefusedWithAdvice(t *testing.T) {
	dir := filepath.Join("testdata", "refused")
	pkg := refusedPackage(t)
	const (
		marshals  = "{ b, err := proto.MarshalOptions{Deterministic: true}.Marshal(in); return string(b), err }"
		noMessage = "its JSON leaves out field state of pb.LookupRequest, which is not exported"
	)
	for methods, want := range map[string][]string{
		"Lookup=1.": {
			"parameter 1 makes no key: " + noMessage + "; add -key Lookup=lookupKey, and to the package: " +
				"func lookupKey(ctx context.Context, in *pb.LookupRequest) (string, error) " + marshals +
				"; or add -ignore Lookup.in if no result depends on it",
			"parameter 2 makes no key: grpc.CallOption is an interface, and JSON does not record the type of the value in it; " +
				"add -ignore Lookup.opts if no result depends on it, and otherwise add -key Lookup=lookupKey, and to the package: " +
				"func lookupKey(ctx context.Context, in *pb.LookupRequest, opts ...grpc.CallOption) (string, error)",
			"so it needs a codec (-codec): its JSON leaves out field state of pb.LookupResponse, which is not exported; " +
				"add -codec Lookup, and set LookupCodec in the CachedClientsOptions",
		},
		"Find=1.": {
			"func findKey(ctx context.Context, in *pb.LookupRequest, limit int) (string, error); or add -ignore Find.in if no result depends on it",
		},
		"Head=1.": {
			"parameter 2 makes no key: func(*refused.Struct2) has no JSON; add -ignore Head.optFns if no result depends on it, and otherwise " +
				"add -key Head=headKey, and to the package: func headKey(ctx context.Context, name string, optFns ...func(*Struct2)) (string, error)",
		},
		"Bare=1.": {
			"parameter 1 makes no key: " + noMessage + "; add -key Bare=bareKey, and to the package: " +
				"func bareKey(context.Context, *pb.LookupRequest) (string, error); or add -ignore Bare.arg1 if no result depends on it",
			"; add -ignore Bare.arg2 if no result depends on it, and otherwise add -key Bare=bareKey",
		},
		"Log=1.": {
			"parameter 1 makes no key: its JSON leaves out field handler of slog.Logger",
			"; or add -ignore Log.log if no result depends on it",
			"; or add -ignore Log.arg2 if no result depends on it",
		},
		"NotFound=1.": {"the field NotFoundTTL for NotFound would hide the field of cached.Options"},
	} {
		req, err := parseRequest([]string{"-type", "Clients", "-methods", methods}, os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		_, err = inspect(pkg, dir, req)
		lines := strings.Split(fmt.Sprint(err), "\n")
		for _, want := range want {
			if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, want) }) {
				t.Errorf("%s: no line of %q has %q", methods, lines, want)
			}
		}
	}
}

func TestRefusedIsNotWritten(t *testing.T) {
	dir := filepath.Join("testdata", "refused")
	for typeName, want := range map[string]string{
		"Keys":     "Keys has no method Get",
		"Appended": "the code for Appended was not written: it does not compile:\n",
	} {
		var complaints bytes.Buffer
		args := []string{"-type", typeName, "-methods", "Get=1.", "-o", "unwritten.go"}
		if status := run(t.Context(), dir, args, &complaints); status != 1 {
			t.Errorf("%s: status %d", typeName, status)
		}
		if !strings.Contains(complaints.String(), want) {
			t.Errorf("%s: %q, want %q", typeName, complaints.String(), want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "unwritten.go")); err == nil {
		t.Error("something was written all the same")
	}
}

// position returns file:line:column of the only place where the sources have text.
func position(t *testing.T, sources map[string]string, text string) (at string) {
	t.Helper()
	if text == "" {
		return ""
	}
	for file, source := range sources {
		before, _, found := strings.Cut(source, text)
		if found && (at != "" || strings.Count(source, text) > 1) {
			t.Fatalf("%q is there more than once", text)
		}
		if found {
			line := strings.Count(before, "\n") + 1
			column := len(before) - strings.LastIndex(before, "\n")
			at = fmt.Sprint(file, ":", line, ":", column)
		}
	}
	if at == "" {
		t.Fatalf("%q is not there", text)
	}
	return at
}

func TestNotRefused(t *testing.T) {
	dir := filepath.Join("testdata", "refused")
	pkg := refusedPackage(t)
	generated := map[string][]byte{} // all files, which are compiled together
	for typeName, args := range map[string]string{
		"Keys":    "-methods Fine=1.",
		"More":    "-methods Fine=1.",
		"Results": "-methods Reader=1.,Hidden=2.,OneWay=3. -codec Reader,Hidden,OneWay",
		"Foreign": "-methods Deep=1.",
		"Taking":  "-methods Get=1.",
		// These names are taken, so others are generated.
		"Neighbours": "-methods Quota=1.,limit=2.",
		// Whatever the parameters are, a function may make the keys.
		"Interfaces": "-methods Any=1.,Unnamed=2. -key Any=anyKey -key Unnamed=unnamedKey",
		// One function makes the keys of two methods, one of them of a message.
		"Clients": "-methods Lookup=1.,Bare=2.,Head=3.,Log=4. -key Lookup=messageKey,Bare=messageKey,Log=idKey " +
			"-ignore opts,Bare.arg2,Head.optFns,log,arg2 -codec Lookup",
		"Parameters": "-methods Key=1.,Number=2. -key Key=parametersKey",
	} {
		req, err := parseRequest(append([]string{"-type", typeName}, strings.Fields(args)...), os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		path, err := req.path(dir)
		if err != nil {
			t.Fatal(err)
		}
		w, err := inspect(pkg, dir, req)
		if err != nil {
			t.Errorf("%s: %v", typeName, err)
			continue
		}
		if generated[path], err = w.render(); err != nil {
			t.Errorf("%s: %v", typeName, err)
		}
	}
	if err := verify(t.Context(), dir, generated); err != nil {
		t.Error(err)
	}
}

func TestOutputIsBesideTheInterface(t *testing.T) {
	for output, want := range map[string]string{
		"../cached.go": "must be in the directory of the interface",
		"refused.go":   "was not written by cachegen, and is left alone",
	} {
		var complaints bytes.Buffer
		args := []string{"-type", "Keys", "-methods", "Fine=1.", "-o", output}
		if status := run(t.Context(), filepath.Join("testdata", "refused"), args, &complaints); status != 1 {
			t.Errorf("%s: status %d", output, status)
		}
		if !strings.Contains(complaints.String(), want) {
			t.Errorf("%s: %q, want %q", output, complaints.String(), want)
		}
	}
}
