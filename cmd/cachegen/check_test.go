package main

import (
	"bytes"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A user module has a store with a generated file, which becomes out of date.
func TestCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it compiles generated code several times")
	}
	t.Setenv("GOFLAGS", goFlags("-mod=mod"))
	t.Setenv("GOWORK", "off")
	m := newUserModule(t)
	m.write("shop/s.go", aStore)
	dir := filepath.Join(m.dir, "shop")
	cachegen := func(flags string, status int, want string) {
		t.Helper()
		before := readAll(t, dir)
		var complaints bytes.Buffer
		got := run(t.Context(), dir, strings.Fields(flags+" -type Store -methods Get=1."), &complaints)
		if got != status || complaints.String() != want {
			t.Fatalf("%s: status %d and %q, want %d and %q", flags, got, complaints.String(), status, want)
		}
		if after := readAll(t, dir); flags != "-check=" && len(after) != len(before) {
			t.Errorf("%s: it has written a file", flags)
		}
	}
	cachegen("-check", 1, "store_cached.go: the file does not exist; run cachegen without -check, as go generate does\n")
	cachegen("-check=", 0, "")
	cachegen("-check", 0, "")
	cachegen("-check=true", 0, "")
	code := m.read("shop/store_cached.go")
	m.write("shop/store_cached.go", strings.ReplaceAll(code, "\n", "\r\n")) // as Git has it on Windows
	cachegen("-check", 0, "")
	for changed, line := range map[string]string{
		strings.Replace(code, "cached.Options\n", "cached.Options // mine\n", 1): lineOf(code, "\tcached.Options\n"),
		code + "\n": lineOf(code+"end", "end"),
		header:      "2",
		"":          "1",
	} {
		m.write("shop/store_cached.go", changed)
		cachegen("-check", 1, "store_cached.go:"+line+": the file is out of date; run cachegen without -check, as go generate does\n")
		if m.read("shop/store_cached.go") != changed {
			t.Error("-check has written the file")
		}
	}
	m.write("shop/store_cached.go", code)
	m.write("shop/s.go", strings.Replace(aStore, "id string", "id int", 1))
	cachegen("-check=1", 1, "store_cached.go:"+lineOf(code, "\tid string\n")+
		": the file is out of date; run cachegen without -check, as go generate does\n")
	cachegen("-check=false", 0, "")
	cachegen("-check", 0, "")
}

// lineOf returns the number of the line in code where text begins.
func lineOf(code, text string) string {
	before, _, _ := strings.Cut(code, text)
	return strconv.Itoa(1 + strings.Count(before, "\n"))
}
