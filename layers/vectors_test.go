package layers_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// The files in testdata are cases that Python's CacheToolsUtils 11.0 has answered.

// hexBytes are bytes that a file has as hexadecimal text. Null is nil.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// readVectors returns the cases of a file.
func readVectors[T any](t *testing.T, path string) []T {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Count int
		Cases []T
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 || len(file.Cases) != file.Count {
		t.Fatalf("%s has %d cases, want %d", path, len(file.Cases), file.Count)
	}
	return file.Cases
}
