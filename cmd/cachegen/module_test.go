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
	if err := os.WriteFile(filepath.Join(m.dir, file), []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// run runs the go command.
func (m userModule) run(args ...string) (output string, err error) {
	m.t.Helper()
	command := exec.CommandContext(m.t.Context(), "go", args...)
	command.Dir = m.dir
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := command.CombinedOutput()
	return string(out), err
}

const shop = `package main

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/backends/memory"
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

func main() {
	p := newCachedPrices(list{}, memory.New[string, []byte](nil), nil)
	for range 2 {
		fmt.Println(p.Price(context.Background(), VALUE))
	}
}
`

func TestGoGenerate(t *testing.T) {
	m := newUserModule(t)
	for _, types := range [][2]string{{"string", `"tea"`}, {"[]int", "[]int{1}"}} { // the second time the generated file is out of date
		m.write("main.go", strings.NewReplacer("ARTICLE", types[0], "VALUE", types[1]).Replace(shop))
		if out, err := m.run("generate", "."); err != nil {
			t.Fatalf("go generate: %v\n%s", err, out)
		}
		if out, err := m.run("vet", "."); err != nil {
			t.Errorf("go vet: %v\n%s", err, out)
		}
		if out, err := m.run("run", "."); err != nil || out != "asked\n3 <nil>\n3 <nil>\n" {
			t.Errorf("it prints %q, %v", out, err)
		}
	}
	m.write("main.go", strings.NewReplacer("ARTICLE", "unknown", "VALUE", "nil").Replace(shop))
	out, err := m.run("generate", ".")
	if err == nil || !strings.Contains(out, "main.go:13:29: its type is not known") {
		t.Errorf("with a type that does not exist: %v\n%s", err, out)
	}
	m.write("broken.go", "package main\n\nfunc {")
	if out, err := m.run("generate", "."); err == nil {
		t.Errorf("with a file that does not parse: %s", out)
	}
}
