package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// userModule is a module of its own, which uses cachegen as its users do.
type userModule struct {
	t   *testing.T
	dir string
}

func newUserModule(t *testing.T) userModule {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	m := userModule{t, t.TempDir()}
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if file == "go.mod" {
			text = bytes.Replace(text, []byte("module "+module), []byte("module example.com/shop"), 1)
			text = append(text, "\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+root+"\n"...)
		}
		m.write(file, string(text))
	}
	return m
}

func (m userModule) write(file, text string) {
	m.t.Helper()
	path := filepath.Join(m.dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m userModule) read(file string) string {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, file))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(text)
}

// run runs the go command.
func (m userModule) run(args ...string) (output string, err error) {
	m.t.Helper()
	command := exec.CommandContext(m.t.Context(), "go", args...)
	command.Dir = m.dir
	command.Env = append(os.Environ(), "GOFLAGS="+goFlags("-mod=mod"), "GOWORK=off")
	out, err := command.CombinedOutput()
	return string(out), err
}

// goFlags returns a value of GOFLAGS with these flags, and with the flags of the compiler that GOFLAGS has now: otherwise the
// go command would compile the standard library and this one a second time.
func goFlags(flags ...string) string {
	for flag := range strings.FieldsSeq(os.Getenv("GOFLAGS")) {
		if flag == "-race" || strings.HasPrefix(flag, "-gcflags=") {
			flags = append(flags, flag)
		}
	}
	return strings.Join(flags, " ")
}

// prices is a package with a go:generate line.
const prices = `package prices

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type prices -methods Price=price.

type prices interface {
	Price(ctx context.Context, article ARTICLE) (int, error)
}

type list struct{}

func (list) Price(_ context.Context, article ARTICLE) (int, error) {
	fmt.Println("asked")
	return len(fmt.Sprint(article)), nil
}

func Print(store ctxcache.Cache[string, []byte]) {
	p := newCachedPrices(list{}, store, nil)
	for range 2 {
		fmt.Println(p.Price(context.Background(), VALUE))
	}
}
`

// shop is a program that uses two such packages. They do not make their stores themselves, because each package that
// does takes long to compile.
const shop = `package main

import (
	numbers "example.com/shop/numbers"
	texts "example.com/shop/texts"
	"github.com/ctxcache/cached/backends/memory"
)

func main() {
	store := memory.New[string, []byte](nil)
	texts.Print(store)
	store = memory.New[string, []byte](nil)
	numbers.Print(store)
}
`

// The packages are in one module, so that the go command loads, builds and runs them together.
func TestGoGenerate(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it builds cachegen, and a module that uses it")
	}
	m := newUserModule(t)
	m.write("main.go", shop)
	for dir, types := range map[string][2]string{
		"texts": {"string", `"tea"`}, "numbers": {"[]int", "[]int{1}"}, "unknown": {"unknown", "nil"}, "broken": {"unknown", "nil"},
	} {
		m.write(dir+"/prices.go", strings.NewReplacer("ARTICLE", types[0], "VALUE", types[1]).Replace(prices))
	}
	m.write("broken/broken.go", "package prices\n\nfunc {")

	if out, err := m.run("generate", "./texts"); err != nil {
		t.Fatalf("go generate: %v\n%s", err, out)
	}
	for _, dir := range []string{"numbers", "unknown", "broken"} { // there the generated file is out of date
		m.write(dir+"/prices_cached.go", m.read("texts/prices_cached.go"))
	}
	out, err := m.run("generate", "./numbers", "./unknown", "./broken") // it goes on after a package that fails
	if err == nil {
		t.Error("go generate with a type that does not exist, and with a file that does not parse, has not failed")
	}
	if strings.Contains(out, "numbers") {
		t.Errorf("go generate over a file that is out of date: %s", out)
	}
	for _, want := range []string{"prices.go:13:29: its type is not known", "broken.go:3:6: "} {
		if !strings.Contains(out, want) {
			t.Errorf("go generate does not print %q:\n%s", want, out)
		}
	}
	if out, err := m.run("vet", ".", "./texts", "./numbers"); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
	if out, err := m.run("run", "."); err != nil || out != strings.Repeat("asked\n3 <nil>\n3 <nil>\n", 2) {
		t.Errorf("it prints %q, %v", out, err)
	}
}
