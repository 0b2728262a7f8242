package layers_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// described are the methods of the capability interfaces that describe a cache. They are not operations.
var described = []string{"Supports", "Partition", "StoredKey", "Timeouts"}

// contractMethods returns the methods of all interfaces of package ctxcache whose names end in Cache, by operation.
func contractMethods(t *testing.T) map[ctxcache.Operation]string {
	t.Helper()
	methods := make(map[ctxcache.Operation]string)
	for _, file := range contractFiles(t) {
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.TypeSpec)
			if !ok || !strings.HasSuffix(spec.Name.Name, "Cache") {
				return true
			}
			if methodSet, ok := spec.Type.(*ast.InterfaceType); ok {
				for _, method := range methodSet.Methods.List {
					for _, name := range method.Names {
						if !slices.Contains(described, name.Name) {
							methods[operationOf(name.Name)] = name.Name
						}
					}
				}
			}
			return false
		})
	}
	if len(methods) < 20 {
		t.Fatalf("the contract has only the methods %v", methods)
	}
	return methods
}

func contractFiles(t *testing.T) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob("../ctxcache/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// operationOf returns the name of a method in snake_case.
func operationOf(method string) ctxcache.Operation {
	var snake strings.Builder
	for i, r := range method {
		if unicode.IsUpper(r) && i > 0 {
			snake.WriteByte('_')
		}
		snake.WriteRune(unicode.ToLower(r))
	}
	return ctxcache.Operation(snake.String())
}

// call calls a method of c with ctx and zero values as arguments. If the method returns a sequence, call asks for its
// first element.
func call(ctx context.Context, c any, method string) {
	m := reflect.ValueOf(c).MethodByName(method)
	args := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 1; i < m.Type().NumIn(); i++ {
		args = append(args, reflect.Zero(m.Type().In(i)))
	}
	for _, result := range m.Call(args) {
		if result.Kind() == reflect.Func {
			for range result.Seq2() {
				break
			}
		}
	}
}

// calls records the calls that an observer has seen.
type calls struct{ begun, ended []ctxcache.Operation }

func (c *calls) Before(ctx context.Context, call ctxcache.Call[string]) (context.Context, struct{}) {
	c.begun = append(c.begun, call.Op)
	return ctx, struct{}{}
}

func (c *calls) After(_ context.Context, call ctxcache.Call[string], _ struct{}, _ ctxcache.Outcome) {
	c.ended = append(c.ended, call.Op)
}

// watcher is a layer that embeds Observed and adds nothing.
type watcher struct {
	ctxcache.Observed[string, string, struct{}]
}

func TestObservedHandsOverEveryOperation(t *testing.T) {
	for op, method := range contractMethods(t) {
		var seen calls
		about := ctxcache.Description{Kind: "watcher"}
		c := &watcher{ctxcache.NewObserved(newMemory[string](), about, ctxcache.Observer[string, struct{}](&seen))}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // otherwise Watch would wait
		call(ctx, c, method)
		want := []ctxcache.Operation{op}
		if !slices.Equal(seen.begun, want) || !slices.Equal(seen.ended, want) {
			t.Errorf("%s is observed as %v, and ends as %v; want %v", method, seen.begun, seen.ended, want)
		}
	}
}

// TestEachOperationHasAMethod checks that each operation constant is a method of a cache, or close, and that each
// method has a constant.
func TestEachOperationHasAMethod(t *testing.T) {
	methods := contractMethods(t)
	var constants []ctxcache.Operation
	for _, file := range contractFiles(t) {
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Operation" {
				constants = append(constants, ctxcache.Operation(strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)))
			}
			return false
		})
	}
	for op, method := range methods {
		if !slices.Contains(constants, op) {
			t.Errorf("no constant for %s, %q", method, op)
		}
	}
	others := []ctxcache.Operation{ctxcache.OpClose, ctxcache.OpRefresh, ctxcache.OpLoad, ctxcache.OpKey}
	for _, op := range constants {
		if _, has := methods[op]; !has && !slices.Contains(others, op) {
			t.Errorf("no method for %q among %v", op, slices.Sorted(maps.Values(methods)))
		}
	}
}

// broken is a cache whose operations all fail.
func broken() ctxcache.Cache[string, string] {
	return ctxcache.Invalid[string, string](ctxcache.Description{Kind: "broken"}, errOutage)
}

func TestStatsSeesEveryOperation(t *testing.T) {
	for op, method := range contractMethods(t) {
		if op == ctxcache.OpStats { // Stats itself reads the counters
			continue
		}
		c := layers.Stats(broken(), "test")
		call(t.Context(), c, method)
		if stats, err := ctxcache.GetStats(t.Context(), c); stats.Errors != 1 || !errors.Is(err, errOutage) {
			t.Errorf("a %s that failed counts as %d errors (%v)", method, stats.Errors, err)
		}
	}
}

func TestDebugSeesEveryOperation(t *testing.T) {
	for op, method := range contractMethods(t) {
		logger, take := debugLog(slog.LevelDebug)
		call(t.Context(), layers.Debug(broken(), "test", logger, nil), method)
		logged := take()
		if !strings.HasPrefix(logged, "op="+string(op)+" result=error ") || strings.Count(logged, "\n") > 0 {
			t.Errorf("%s logs %q", method, logged)
		}
	}
}

// panicking is a cache whose Get and GetLease panic.
type panicking struct {
	ctxcache.Forward[string, string]
}

func newPanicking() *panicking {
	return &panicking{ctxcache.NewForward(newMemory[string](), ctxcache.Description{Kind: "panicking"})}
}

var errPanic = errors.New("panic")

func (*panicking) Get(context.Context, string) (string, error) { panic(errPanic) }
func (*panicking) Delete(context.Context, string) error        { panic(errPanic) }
func (*panicking) GetEntries(context.Context, []string) (map[string]ctxcache.Entry[string], error) {
	panic(errPanic)
}

// panics calls do, and fails the test unless errPanic comes through.
func panics(t *testing.T, do func()) {
	t.Helper()
	defer func() {
		if got := recover(); got != errPanic {
			t.Errorf("panics with %v, want the cache's own panic", got)
		}
	}()
	do()
}

func TestStatsCountsNoCallThatDidNotReturn(t *testing.T) {
	c := layers.Stats[string, string](newPanicking(), "test")
	panics(t, func() { call(t.Context(), c, "Get") })
	panics(t, func() { call(t.Context(), c, "Delete") })
	panics(t, func() { call(t.Context(), c, "GetEntries") })
	wantCounts(t, "panics", c, ctxcache.Stats{})
}

func TestDebugLogsCallsThatDidNotReturn(t *testing.T) {
	logger, take := debugLog(slog.LevelDebug)
	c := layers.Debug[string, string](newPanicking(), "test", logger, nil)
	for method, want := range map[string]string{
		"Get":        `op=get result=error error="the call did not return"`,
		"Delete":     `op=delete result=error error="the call did not return"`,
		"GetEntries": `op=get_entries result=error keys=0 found=0 error="the call did not return"`,
	} {
		panics(t, func() { call(t.Context(), c, method) })
		if got := take(); got != want {
			t.Errorf("%s logs %s\n  want %s", method, got, want)
		}
	}
}
