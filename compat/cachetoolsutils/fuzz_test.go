package cachetoolsutils_test

import (
	"testing"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
)

// FuzzJSON checks that every value that is read can be written, is then read as the same value, and can be a Key that
// returns it.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e300,true,null,"\ud83d\ude00\ud800"]}`, ` [ NaN , -Infinity ] `, `"\u00e9é"`, "\ufeff123456789012345678901234567890",
		`{"a":1,"a":2}`, `-0`, `-0.0`, `1e999`, "\"\xed\xa0\x80\"", `"\ud800\u0041"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := cachetoolsutils.DecodeJSON(data)
		if err != nil {
			return
		}
		written, err := cachetoolsutils.EncodeJSON(first)
		if err != nil {
			t.Fatalf("%q is read, and not written: %v", data, err)
		}
		again, err := cachetoolsutils.DecodeJSON(written)
		if err != nil {
			t.Fatalf("%q is written, and not read: %v", written, err)
		}
		rewritten, err := cachetoolsutils.EncodeJSON(again)
		if err != nil || string(rewritten) != string(written) {
			t.Fatalf("%q becomes %q: %v", written, rewritten, err)
		}
		key, err := cachetoolsutils.KeyOf(first)
		if err != nil || !vectors.Equal(key.Value(), first) {
			t.Fatalf("%q is a different value as a key: %v", data, err)
		}
	})
}

func TestKey(t *testing.T) {
	objects := []value{
		nil, true, false, 1, 1.0, "1", []byte("1"),
		cachetoolsutils.Tuple{1},
		[]value{1},
		cachetoolsutils.Dict{{Key: 1, Value: nil}},
		"",
		[]byte{},
		cachetoolsutils.Tuple{},
		[]value{},
		cachetoolsutils.Dict{},
		cachetoolsutils.HashKey(cachetoolsutils.Args().With("a", 1)),
	}
	seen := map[cachetoolsutils.Key]value{}
	for _, object := range objects {
		key, err := cachetoolsutils.KeyOf(object)
		if err != nil {
			t.Fatal(err)
		}
		if other, again := seen[key]; again {
			t.Errorf("%#v and %#v are the same key", object, other)
		}
		seen[key] = object
		str, err := cachetoolsutils.Str(object)
		if err != nil || key.String() != str {
			t.Errorf("%#v: %q instead of %q, %v", object, key.String(), str, err)
		}
	}
	if key, err := cachetoolsutils.KeyOf(nil); err != nil || key != (cachetoolsutils.Key{}) {
		t.Errorf("None is not the zero Key: %v", err)
	}
	if _, err := cachetoolsutils.KeyOf(struct{}{}); err == nil {
		t.Error("a struct is a Python object")
	}
}
