package base85_test

import (
	"bytes"
	"testing"

	"github.com/ctxcache/cached/internal/base85"
)

// The texts were made by another encoder with this alphabet.
func TestBase85(t *testing.T) {
	for data, text := range map[string]string{
		"":                     "",
		"\x00":                 "00",
		"\x00\x01":             "009",
		"k":                    "YX",
		"ada":                  "VPs(",
		"\xff\xff\xff\xff":     "|NsC0",
		"\xff\xfe":             "|NZ",
		"\x00\x00\x00\x00\x00": "0000000",
	} {
		if got := base85.Encode(data); got != text {
			t.Errorf("%q is %q, not %q", data, got, text)
		}
		if got, err := base85.Decode(text); !bytes.Equal(got, []byte(data)) || err != nil {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, bad := range []string{" ", "0 0", "\n", "é", "~~~~~", "|NsC1", "a,b", `"`} {
		if got, err := base85.Decode(bad); err == nil {
			t.Errorf("%q is %q", bad, got)
		}
	}
}

func FuzzBase85(f *testing.F) {
	f.Add([]byte("ada"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := base85.Encode(data)
		if back, err := base85.Decode(text); !bytes.Equal(back, data) || err != nil {
			t.Fatalf("%x becomes %x by %q: %v", data, back, text, err)
		}
	})
}
