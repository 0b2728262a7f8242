package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An operation has one spelling, that of its constant: a string literal in its place would be a second one.
func TestOperationsAreConstants(t *testing.T) {
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file.path, "_test.go") {
			continue
		}
		for _, problem := range checkOperations(file) {
			t.Error(problem)
		}
	}
}

func TestOperationCheckBites(t *testing.T) {
	problems := checkOperations(source{"x.go", `package x

const opWarm ctxcache.Operation = "warm_up"
const opCool ctxcache.Operation = "cool down"

var a = ctxcache.Fail("x", ctxcache.OpGet, err)
var b = ctxcache.Fail("x", "get", err)
var c = &ctxcache.Error{Op: opWarm}
var d = &ctxcache.Error{Op: "warm up"}
`})
	want := []string{
		`x.go:4: "cool down" is not in snake case`,
		"x.go:7: an operation is a string literal",
		"x.go:9: an operation is a string literal",
	}
	if !slices.Equal(problems, want) {
		t.Errorf("problems are %q, want %q", problems, want)
	}
}

var snakeCase = regexp.MustCompile(`^"[a-z]+(_[a-z]+)*"$`)

// checkOperations names every operation of a file that is written as a string literal, and every constant of an operation
// that is not in snake case.
func checkOperations(file source) []string {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file.path, file.text, 0)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	report := func(node ast.Node, text string) {
		problems = append(problems, fmt.Sprintf("%s:%d: %s", file.path, files.Position(node.Pos()).Line, text))
	}
	literal := func(node ast.Expr) {
		if lit, ok := node.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			report(node, "an operation is a string literal")
		}
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.CallExpr:
			if named(n.Fun, "Fail") && len(n.Args) == 3 {
				literal(n.Args[1])
			}
		case *ast.CompositeLit:
			for _, element := range n.Elts {
				if pair, ok := element.(*ast.KeyValueExpr); ok && named(n.Type, "Error") && named(pair.Key, "Op") {
					literal(pair.Value)
				}
			}
		case *ast.ValueSpec:
			for _, value := range n.Values {
				lit, ok := value.(*ast.BasicLit)
				if ok && n.Type != nil && named(n.Type, "Operation") && !snakeCase.MatchString(lit.Value) {
					report(n, lit.Value+" is not in snake case")
				}
			}
		}
		return true
	})
	return problems
}

// named reports whether node is this name, in a package or not.
func named(node ast.Expr, name string) bool {
	switch n := node.(type) {
	case *ast.Ident:
		return n.Name == name
	case *ast.SelectorExpr:
		return n.Sel.Name == name
	}
	return false
}
