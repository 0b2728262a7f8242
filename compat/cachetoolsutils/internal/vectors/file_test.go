package vectors_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
)

// Files of any name are read, from any folder. A file that is not a set of cases is an error.
func TestReadAll(t *testing.T) {
	const good = `{"encoding": "hex", "count": 1, "cases": [{"id": "one"}]}`
	for _, test := range []struct{ name, file, text, says string }{
		{"a new name", "new.json", good, ""},
		{"nothing", "", "", "no vectors"},
		{"another kind of file", "new.txt", good, "no vectors"},
		{"no JSON", "new.json", "cases", "invalid character"},
		{"too few cases", "new.json", `{"encoding": "hex", "count": 2, "cases": [{"id": "one"}]}`, "1 cases of 2"},
		{"another encoding", "new.json", `{"encoding": "base64", "count": 0, "cases": []}`, `encoding "base64"`},
		{"a case without an id", "new.json", `{"encoding": "hex", "count": 1, "cases": [{}]}`, "no id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if test.file != "" {
				writeFile(t, filepath.Join(dir, test.file), test.text)
			}
			files, err := vectors.ReadAll(dir)
			if test.says == "" {
				if err != nil || len(files) != 1 || len(files[0].Cases) != 1 || files[0].Cases[0].ID != "one" {
					t.Errorf("%+v, %v", files, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v does not say %q", err, test.says)
			}
		})
	}
	if _, err := vectors.ReadAll(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a folder that is not there has vectors")
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
