package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// verifyAll verifies each code as a generated file of package refused, all in one call.
func verifyAll(t *testing.T, codes ...string) error {
	t.Helper()
	dir := filepath.Join("testdata", "refused")
	generated := make(map[string][]byte)
	for i, code := range codes {
		path, err := fileIn(dir, fmt.Sprint("unwritten", i, ".go"))
		if err != nil {
			t.Fatal(err)
		}
		generated[path] = []byte("package refused\n\n" + code + "\n")
	}
	return verify(t.Context(), dir, generated)
}

func TestVerify(t *testing.T) {
	good := []string{"var _ Keys", `import _ "unsafe"`, "import \"go/token\"\n\nvar _ token.Pos"} // nothing else imports the latter
	if err := verifyAll(t, good...); err != nil {
		t.Error(err)
	}
	err := verifyAll(t, "var _ Keys", "var _ Missing", "type Keys int", `import "io"`, `import _ "no/such/one"`)
	got := fmt.Sprint(err)
	for _, want := range []string{
		"unwritten1.go:3:7: undefined: Missing",
		"unwritten2.go:3:6: Keys redeclared",
		`unwritten3.go:3:8: "io" imported and not used`,
		"unwritten4.go:3:10: could not import no/such/one",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s: without %q", got, want)
		}
	}
	if strings.Contains(got, "unwritten0.go") {
		t.Errorf("%s: the file is right", got)
	}
}
