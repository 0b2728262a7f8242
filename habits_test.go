package cached_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryPackageHasItsComment(t *testing.T) {
	byDir := map[string][]source{}
	for _, file := range goFiles(t) {
		dir := filepath.Dir(file.path)
		byDir[dir] = append(byDir[dir], file)
	}
	for dir, files := range byDir {
		if problem := checkPackageComment(dir, files); problem != "" {
			t.Error(problem)
		}
	}
}

func TestDetachedContextsAreDefended(t *testing.T) {
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file.path, "_test.go") || strings.HasPrefix(file.path, "examples") || strings.HasPrefix(file.path, "cmd") {
			continue
		}
		for _, problem := range checkDetachedContexts(file) {
			t.Error(problem)
		}
	}
}

func TestSnippetsAreTested(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	files := goFiles(t)
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		snippets := goSnippets(string(text))
		if len(snippets) == 0 {
			t.Errorf("%s shows no Go code", page)
		}
		for _, snippet := range snippets {
			if !testedByExample(snippet, files) {
				t.Errorf("this code of %s is no contiguous part of a test file with examples:\n%s", page, snippet)
			}
		}
	}
}

// source is a Go file; its path is relative to the module's root.
type source struct{ path, text string }

// goFiles returns the Go files of this module. That they are opened here has a side effect which is wanted: the
// go command takes them for inputs of this package's tests, and does not serve a cached result after one of
// them changed.
func goFiles(t *testing.T) []source {
	t.Helper()
	var files []source
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != ".":
			_, inner := os.Stat(filepath.Join(path, "go.mod"))
			if inner == nil || strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" {
				return fs.SkipDir
			}
		case strings.HasSuffix(path, ".go"):
			text, err := os.ReadFile(path)
			files = append(files, source{path, string(text)})
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// checkPackageComment tells what is wrong with the package comment of the files of one folder: it stands in
// doc.go, and only there, and begins as go doc wants it: "Package name ...", or "Folder ..." for a command.
func checkPackageComment(dir string, files []source) string {
	documented := false
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file.path, file.text, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			return err.Error()
		}
		if parsed.Doc == nil {
			continue
		}
		if filepath.Base(file.path) != "doc.go" {
			return file.path + " has a package comment, which belongs into doc.go"
		}
		documented = true
		begin := "Package " + parsed.Name.Name + " "
		if parsed.Name.Name == "main" {
			name := filepath.Base(dir)
			begin = strings.ToUpper(name[:1]) + name[1:] + " "
		}
		if !strings.HasPrefix(parsed.Doc.Text(), begin) {
			return fmt.Sprintf("the package comment of %s does not begin with %q", file.path, begin)
		}
	}
	if !documented {
		return dir + " has no doc.go with a package comment"
	}
	return ""
}

// checkDetachedContexts names every context.Background and context.TODO without a comment beside or above it that
// says why the caller's context will not do.
func checkDetachedContexts(file source) []string {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file.path, file.text, parser.ParseComments)
	if err != nil {
		return []string{err.Error()}
	}
	commented := map[int]bool{} // lines that end a comment
	for _, group := range parsed.Comments {
		commented[files.Position(group.End()).Line] = true
	}
	var problems []string
	ast.Inspect(parsed, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		if !ok || from.Name != "context" || selector.Sel.Name != "Background" && selector.Sel.Name != "TODO" {
			return true
		}
		if at := files.Position(selector.Pos()); !commented[at.Line] && !commented[at.Line-1] {
			problems = append(problems, fmt.Sprintf("%s:%d: no comment says why this is context.%s", file.path, at.Line, selector.Sel.Name))
		}
		return true
	})
	return problems
}

// goSnippets returns the fenced Go code in text.
func goSnippets(text string) []string {
	var snippets []string
	for {
		_, after, found := strings.Cut(text, "\n```go\n")
		if !found {
			return snippets
		}
		snippet, rest, _ := strings.Cut(after, "\n```")
		snippets = append(snippets, snippet)
		text = rest
	}
}

// testedByExample reports whether snippet, white space aside, is a contiguous part of a test file that has
// examples with output.
func testedByExample(snippet string, files []source) bool {
	wanted := strings.Join(strings.Fields(snippet), " ")
	for _, file := range files {
		if strings.HasSuffix(file.path, "_test.go") && strings.Contains(file.text, "\nfunc Example") && strings.Contains(file.text, "// Output:") &&
			strings.Contains(strings.Join(strings.Fields(file.text), " "), wanted) {
			return true
		}
	}
	return false
}
