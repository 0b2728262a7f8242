package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
	pages, err := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := goFiles(t)
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		snippets := goSnippets(string(text))
		if len(snippets) == 0 && filepath.Base(page) != "renames.md" {
			t.Errorf("%s shows no Go code", page)
		}
		for _, snippet := range snippets {
			if !testedByExample(snippet, files) {
				t.Errorf("this code of %s is not a contiguous part of a test file with examples:\n%s", page, snippet)
			}
		}
	}
}

// root is the path of the module's folder from here.
const root = "../.."

// source is a Go file. Its path is relative to the module's root.
type source struct{ path, text string }

// goFiles returns the Go files of this module.
func goFiles(t *testing.T) []source {
	t.Helper()
	files, err := readGoFiles()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// readGoFiles reads the Go files of this module once. Opening them has a side effect that these tests need: the go command
// takes the files for inputs of the tests, and does not reuse a cached result after one of them has changed.
var readGoFiles = sync.OnceValues(func() (files []source, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root:
			_, inner := os.Stat(filepath.Join(path, "go.mod"))
			if inner == nil || strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" {
				return fs.SkipDir
			}
		case strings.HasSuffix(path, ".go"):
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			relative, err := filepath.Rel(root, path)
			files = append(files, source{relative, string(text)})
			return err
		}
		return nil
	})
	return files, err
})

// checkPackageComment returns what is wrong with the package comment of a folder's files, or "". The comment must be in
// doc.go and nowhere else. It must begin as go doc wants it: "Package name ...", or "Folder ..." for a command.
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
			return file.path + " has a package comment, which belongs in doc.go"
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

// checkDetachedContexts returns a problem for every context.Background and context.TODO without a comment on the same
// line or the line above. That comment must say why the caller's context will not do.
func checkDetachedContexts(file source) []string {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file.path, file.text, parser.ParseComments)
	if err != nil {
		return []string{err.Error()}
	}
	commented := map[int]bool{} // the last lines of comments
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

// goSnippets returns the fenced Go code blocks of text.
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

// testedByExample reports whether snippet is a contiguous part of a test file that has examples with output, or a whole
// program in a folder with such a file. White space does not matter.
func testedByExample(snippet string, files []source) bool {
	wanted := strings.Join(strings.Fields(snippet), " ")
	tested := make(map[string]bool) // folders
	for _, file := range files {
		if strings.HasSuffix(file.path, "_test.go") && strings.Contains(file.text, "\nfunc Example") && strings.Contains(file.text, "// Output:") {
			tested[filepath.Dir(file.path)] = true
			if strings.Contains(strings.Join(strings.Fields(file.text), " "), wanted) {
				return true
			}
		}
	}
	for _, file := range files {
		if filepath.Base(file.path) == "main.go" && tested[filepath.Dir(file.path)] &&
			strings.Join(strings.Fields(file.text), " ") == wanted {
			return true
		}
	}
	return false
}
