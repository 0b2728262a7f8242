package house_test

import (
	"slices"
	"testing"
)

// The checks of habits_test.go must be able to fail.

func TestPackageCommentCheckBites(t *testing.T) {
	tests := []struct {
		name, dir string
		files     []source
		problem   string // empty if there should be none
	}{
		{
			"package", "x",
			[]source{{"x/doc.go", "// Package x does.\npackage x\n"}, {"x/a.go", "package x\n"}},
			"",
		},
		{"command", "x/y", []source{{"x/y/doc.go", "// Y does.\npackage main\n"}}, ""},
		{"no comment", "x", []source{{"x/doc.go", "package x\n"}}, "x has no doc.go with a package comment"},
		{
			"comment that godoc drops", "x",
			[]source{{"x/doc.go", "// Package x does.\n\npackage x\n"}},
			"x has no doc.go with a package comment",
		},
		{
			"another file", "x",
			[]source{{"x/a.go", "// Package x does.\npackage x\n"}},
			"x/a.go has a package comment, which belongs in doc.go",
		},
		{
			"wrong beginning", "x",
			[]source{{"x/doc.go", "// This package does.\npackage x\n"}},
			`the package comment of x/doc.go does not begin with "Package x "`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if problem := checkPackageComment(test.dir, test.files); problem != test.problem {
				t.Errorf("problem is %q, want %q", problem, test.problem)
			}
		})
	}
}

func TestDetachedContextCheckBites(t *testing.T) {
	problems := checkDetachedContexts(source{"x.go", `package x

import "context"

var a = context.Background() // defended beside

// Defended above.
var b = context.TODO()

var c = context.Background()

func d(ctx context.Context) { e(context.TODO()) }
`})
	want := []string{
		"x.go:10: no comment says why this is context.Background",
		"x.go:12: no comment says why this is context.TODO",
	}
	if !slices.Equal(problems, want) {
		t.Errorf("problems are %q, want %q", problems, want)
	}
}

func TestReadmeCheckBites(t *testing.T) {
	snippets := goSnippets("Text\n\n```go\na := 1\nb(a)\n```\n\n```sh\nls\n```\n\n```go\nb(2)\n```\n")
	if want := []string{"a := 1\nb(a)", "b(2)"}; !slices.Equal(snippets, want) {
		t.Fatalf("the snippets are %q, want %q", snippets, want)
	}
	tested := []source{{"x_test.go", "package x\n\nfunc Example() {\n\ta := 1\n\tb(a)\n\t// Output: 1\n}\n"}}
	if !testedByExample(snippets[0], tested) {
		t.Error("code that is in an example counts as untested")
	}
	if testedByExample(snippets[1], tested) {
		t.Error("code that is not in an example counts as tested")
	}
	untested := []source{{"x.go", tested[0].text}, {"y_test.go", "package x\n\nfunc Test() {\n\ta := 1\n\tb(a)\n}\n"}}
	if testedByExample(snippets[0], untested) {
		t.Error("code outside of examples counts as tested")
	}
}
