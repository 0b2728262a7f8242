package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/tools/go/packages"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// generateLine returns the flags in the go:generate line of a file.
func generateLine(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "//go:generate go run "+module+"/cmd/cachegen ")
	if !found {
		t.Fatalf("%s has no such line", file)
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Fields(line)
}

// loadWithout loads the package in dir as it is before a file of that name is generated.
func loadWithout(t *testing.T, dir, file string) *packages.Package {
	t.Helper()
	path, err := fileIn(dir, file)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := load(t.Context(), dir, path)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// expectGolden generates the file that the go:generate line of a file in dir asks for, and compares it with the one
// that is there.
func expectGolden(t *testing.T, dir, source, golden string) {
	t.Helper()
	req, err := parseRequest(generateLine(t, filepath.Join(dir, source)), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	path, code, err := produce(t.Context(), dir, req)
	if err != nil {
		t.Errorf("%s: %v", dir, err)
		return
	}
	if filepath.Base(path) != golden {
		t.Errorf("%s: it belongs to %s, want %s", dir, path, golden)
	}
	want, err := os.ReadFile(filepath.Join(dir, golden))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(code, want) {
		t.Errorf("%s is not what is generated now; run go generate there, and look at the difference", path)
	}
}

func TestGolden(t *testing.T) { // the next test has the third
	expectGolden(t, filepath.Join("testdata", "store"), "store.go", "store_cached.go")
	if testing.Short() {
		return // each takes seconds
	}
	expectGolden(t, filepath.Join("testdata", "geo"), "geo.go", "geo_cached.go")
	expectGolden(t, filepath.Join("testdata", "rpc"), "rpc.go", "directory_cached.go")
	expectGolden(t, filepath.Join("testdata", "aws"), "aws.go", "tables_cached.go")
}

// The go command and package filepath may call the same directory by different names.
func TestDirectoryBehindSymbolicLink(t *testing.T) {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	expectGolden(t, filepath.Join(link, "generic"), "generic.go", "cached.go")
	t.Chdir(filepath.Join(link, "generic"))
	expectGolden(t, ".", "generic.go", "cached.go")
}

func TestGeneratedCodeRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it builds and runs the tests of packages with generated code")
	}
	packages := []string{"./testdata/store", "./testdata/generic", "./testdata/geo", "./testdata/rpc", "./testdata/aws"}
	command := exec.CommandContext(t.Context(), "go", append([]string{"test"}, packages...)...)
	if out, err := command.CombinedOutput(); err != nil || bytes.Count(out, []byte("ok ")) != len(packages) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestFlags(t *testing.T) {
	for want, args := range map[string]string{
		"-type has to name an interface":        "-methods Get=1.",
		"-methods has to list methods":          "-type Store",
		`"Get" is not of the form`:              "-type Store -methods Get",
		`"=1." is not of the form`:              "-type Store -methods =1.",
		"the prefix of Get is empty":            "-type Store -methods Get=",
		"the prefix of Put is empty":            "-type Store -methods Get=1.,Put=",
		"Get is in the list twice":              "-type Store -methods Get=1.,Get=2.",
		"the prefixes of Get and Put overlap":   "-type Store -methods Get=1,Put=10",
		`"Put" is not among -methods`:           "-type Store -methods Get=1 -codec Put",
		`-key: "Put" is not among -methods`:     "-type Store -methods Get=1 -codec= -key= -key Put=putKey",
		`-key: "Get" is not of the form`:        "-type Store -methods Get=1 -key Get",
		`-key: "Get=a.B" is not of the form`:    "-type Store -methods Get=1 -key Get=a.B",
		"-key: Get is in the list twice":        "-type Store -methods Get=1 -key Get=a,Get=b",
		`-ignore: "Get.a.b" is not of the form`: "-type Store -methods Get=1 -ignore Get.a.b",
		`-ignore: ".a" is not of the form`:      "-type Store -methods Get=1 -ignore .a",
		`-ignore: "Put" is not among -methods`:  "-type Store -methods Get=1 -ignore Put.a",
		"-ignore: Get.a is in the list twice":   "-type Store -methods Get=1 -ignore= -ignore Get.a,a -ignore Get.a",
		`"rest" is not a flag`:                  "-type Store -methods Get=1 rest",
		"it is not the name of a Go file":       "-type Store -methods Get=1 -o x_test.go",
		"flag provided but not defined":         "-what",
	} {
		var complaints bytes.Buffer
		if status := run(t.Context(), ".", strings.Fields(args), &complaints); status != 2 {
			t.Errorf("%s: status %d", args, status)
		}
		if !strings.Contains(complaints.String(), want) {
			t.Errorf("%s: %q, want %q", args, complaints.String(), want)
		}
	}
	var help bytes.Buffer
	if status := run(t.Context(), ".", []string{"-h"}, &help); status != 0 || !strings.Contains(help.String(), "-methods") {
		t.Errorf("-h: status %d, %q", status, help.String())
	}
}
