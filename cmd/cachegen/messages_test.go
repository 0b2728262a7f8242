package main

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// aStore is a file with an interface.
const aStore = `package shop

import "context"

type Store interface {
	Get(ctx context.Context, id string) (int, error)
}

type other interface{ Close() error }
`

// aModule is a go.mod file of a module that does not require the library.
const aModule = "module example.com/shop\n\ngo 1.26\n"

// A mistake outside the interface is reported in one line, together with the command to type.
func TestMessages(t *testing.T) {
	generated := header + "\npackage shop\n\ntype CachedStore struct{}\n\ntype CachedStoreOptions struct{}\n"
	for name, test := range map[string]struct {
		files map[string]string
		args  string
		want  []string
	}{
		"no module": {
			map[string]string{"s.go": aStore},
			"-type Store -methods Get=1.",
			[]string{" is not in a module; type: go mod init example.com/name && go get " + module + "\n"},
		},
		"the library is not required": {
			map[string]string{"go.mod": aModule, "s.go": aStore},
			"-type Store -methods Get=1.",
			[]string{
				"s.go:5:6: the code for Store was not written: " + module + " is needed by the generated code, and cannot be imported (",
				"); type: go get " + module + "\n",
			},
		},
		"a requirement without its sum": {
			map[string]string{"go.mod": aModule + "\nrequire " + module + " v0.0.1\n", "s.go": aStore},
			"-type Store -methods Get=1.",
			[]string{"s.go:5:6: the code for Store was not written: ", "missing go.sum entry", "; type: go get " + module},
		},
		"no Go files": {map[string]string{"go.mod": aModule}, "-type Store -methods Get=1.", []string{"no Go files in "}},
		"two packages": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "t.go": "package other\n"},
			"-type Store -methods Get=1.",
			[]string{"found packages shop (s.go) and other (t.go) in "},
		},
		"no such type": {
			map[string]string{"go.mod": aModule, "s.go": aStore},
			"-type Shop -methods Get=1.",
			[]string{"package shop has no type Shop, tests aside; its interfaces are Store and other\n"},
		},
		"no such method": {
			map[string]string{"go.mod": aModule, "s.go": aStore},
			"-type Store -methods Put=1.",
			[]string{"s.go:5:6: Store has no method Put; it has Get\n"},
		},
		"a file of another hand": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "store_cached.go": "package shop\n"},
			"-type Store -methods Get=1.",
			[]string{"store_cached.go: the file was not written by cachegen, and is left alone; delete it, or name another file by -o\n"},
		},
		"a file of cachegen with another name": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "old.go": generated},
			"-type Store -methods Get=1.",
			[]string{
				"old.go:5:6: CachedStore is declared here, and would be declared in the generated code; " +
					"cachegen wrote that file: delete it, or write it again by -o old.go\n",
			},
		},
		"a file of cachegen of another package": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "store_cached.go": header + "\npackage market\n"},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"}, // so it was not in the way
		},
		"a file of cachegen with marks of a merge": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "store_cached.go": header + "\n<<<<<<< HEAD\npackage shop\n"},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"},
		},
		"a file of cachegen that was written in part": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "store_cached.go": header},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"},
		},
		"an empty file": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "store_cached.go": ""},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"},
		},
		"a file of cachegen with the line ends of Windows": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "store_cached.go": strings.ReplaceAll(generated, "\n", "\r\n")},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"},
		},
		"a file of cachegen under a licence": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "store_cached.go": "// Copyright 2026 The Shop\n\n" + generated},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"},
		},
		"a wrapper in a test": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "fakes_test.go": "package shop\n\ntype CachedStore struct{}\n"},
			"-type Store -methods Get=1.",
			[]string{"fakes_test.go:3:6: CachedStore is declared here, and would be declared in the generated code\n"},
		},
		"a wrapper in a test of an interface for some systems": {
			map[string]string{
				"go.mod": aModule, "s.go": "//go:build !plan9\n\n" + aStore, "fakes_test.go": "package shop\n\nvar NewCachedStore int\n",
			},
			"-type Store -methods Get=1.",
			[]string{"fakes_test.go:3:5: NewCachedStore is declared here, and would be declared in the generated code\n"},
		},
		"a wrapper for another system": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "s_plan9.go": "package shop\n\nfunc NewCachedStore() {}\n"},
			"-type Store -methods Get=1.",
			[]string{"s_plan9.go:3:6: NewCachedStore is declared here, and would be declared in the generated code\n"},
		},
		"a wrapper of cachegen for another tag": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "old.go": header + "\n//go:build tagged\n" + generated[len(header):]},
			"-type Store -methods Get=1.",
			[]string{
				"old.go:7:6: CachedStore is declared here, and would be declared in the generated code; " +
					"cachegen wrote that file: delete it, or write it again by -o old.go\n",
			},
		},
		"a wrapper for another system, in the file to write": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "store_cached.go": header + "\n//go:build plan9\n" + generated[len(header):]},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"}, // so it was not in the way
		},
		"a wrapper in a program apart": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "p.go": "//go:build ignore\n\npackage shop\n\ntype CachedStore struct{}\n"},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"},
		},
		"a wrapper in the package of the tests": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "s_test.go": "package shop_test\n\ntype CachedStore struct{}\n"},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"},
		},
		"a wrapper for the systems without the interface": {
			map[string]string{
				"go.mod": aModule, "s.go": "//go:build !plan9\n\n" + aStore, "s_plan9.go": "package shop\n\ntype CachedStore struct{}\n",
				"s_plan9_test.go": "package shop\n\nvar NewCachedStore int\n",
			},
			"-type Store -methods Get=1.",
			[]string{"; type: go get " + module + "\n"},
		},
		"a wrapper for the systems without the file to write": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "s_plan9.go": "package shop\n\ntype CachedStore struct{}\n"},
			"-type Store -methods Get=1. -o store_" + runtime.GOOS + ".go",
			[]string{"; type: go get " + module + "\n"},
		},
		"a file of another hand that names cachegen": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "store_cached.go": "package shop\n\n" + header},
			"-type Store -methods Get=1.",
			[]string{"store_cached.go: the file was not written by cachegen, and is left alone"},
		},
		"a vendor directory": {
			map[string]string{"go.mod": aModule, "s.go": aStore, "vendor/modules.txt": ""},
			"-type Store -methods Get=1.",
			[]string{"import lookup disabled by -mod=vendor", "; type: GOFLAGS=-mod=mod go generate, and then: go mod vendor\n"},
		},
		"a library that does not compile": {
			map[string]string{
				"go.mod": strings.Replace(aModule, "example.com/shop", module, 1), "shop/s.go": aStore, "l.go": "package cached\n\nvar X = Y\n",
				"ctxcache/c.go": "package ctxcache\n", "layers/l.go": "package layers\n",
			},
			"-type Store -methods Get=1.",
			[]string{
				"s.go:5:6: the code for Store was not written: " + module + " is needed by the generated code, and cannot be imported (",
				"undefined: Y)\n",
			},
		},
		"a name that the go command ignores": {
			map[string]string{"go.mod": aModule, "s.go": aStore},
			"-type Store -methods Get=1. -o _cached.go",
			[]string{"s.go:5:6: the code for Store was not written: the go command does not compile a file named _cached.go here; choose another name by -o\n"},
		},
		"a name for another system": {
			map[string]string{"go.mod": aModule, "s.go": aStore},
			"-type Store -methods Get=1. -o store_plan9.go",
			[]string{"the go command does not compile a file named store_plan9.go here; choose another name by -o\n"},
		},
		"an import that is not there": {
			map[string]string{"go.mod": aModule, "s.go": strings.NewReplacer(
				`"context"`, "(\n\t\"context\"\n\t\"example.com/ids\"\n)", "id string", "id []ids.ID").Replace(aStore)},
			"-type Store -methods Get=1.",
			[]string{
				"s.go:9:27: its type is not known: the package does not compile without the generated code (s.go:5:2: " +
					"no required module provides package example.com/ids; to add it: go get example.com/ids)\n",
			},
		},
		"a type that is not there": {
			map[string]string{"go.mod": aModule, "s.go": strings.Replace(aStore, "id string", "id missing", 1)},
			"-type Store -methods Get=1.",
			[]string{"s.go:6:27: its type is not known: ", "s.go:6:30: undefined: missing)\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GOFLAGS", goFlags())
			t.Setenv("GOPROXY", "off")
			t.Setenv("GOWORK", "off")
			dir := t.TempDir()
			writeAll(t, dir, test.files)
			var complaints bytes.Buffer
			if status := run(t.Context(), filepath.Join(dir, packageIn(test.files)), strings.Fields(test.args), &complaints); status != 1 {
				t.Errorf("status %d, want 1", status)
			}
			got := complaints.String()
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q, without %q", got, want)
				}
			}
			if strings.Count(got, "\n") != 1 {
				t.Errorf("%q is not one line", got)
			}
			if left := readAll(t, dir); !maps.Equal(left, test.files) {
				t.Errorf("the directory has %q, want %q", left, test.files)
			}
		})
	}
}

// packageIn returns the directory of the package with the interface.
func packageIn(files map[string]string) string {
	for file := range files {
		if path.Base(file) == "s.go" {
			return path.Dir(file)
		}
	}
	return "."
}

// writeAll writes files, which have their contents by path, into dir.
func writeAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for file, text := range files {
		file = filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// readAll returns the contents of all files in dir by path.
func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, tree := map[string]string{}, os.DirFS(dir)
	err := fs.WalkDir(tree, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, file)
		files[file] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
