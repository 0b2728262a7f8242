package vectors_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
)

// An unknown part of a case is an error. It is never skipped, and never treated as another part.
func TestUnknownCases(t *testing.T) {
	const (
		redisLayer = `"backend": "redis", "stack": [{"type": "RedisCache", "ttl": 600, "raw": true}]`
		redisOver  = `"backend": "redis", "stack": [{"type": "RedisCache", "ttl": 600, "raw": true}, `
		item       = `"call": {"via": "item", "key": {"t": "str", "v": "6b"}}`
		value      = `"value": {"t": "bytes", "v": "31"}`
	)
	for _, test := range []struct{ name, fields, says string }{
		{"kind", `"kind": "quantum", "key": "00", "value": "00"`, "unknown kind"},
		{"kind without a name", `"song": {}`, "unknown kind"},
		{"type", `"key": {"t": "complex", "v": "1j"}, "value": {"t": "none"}, "error": "TypeError"`, `unknown type "complex"`},
		{"backend", `"backend": "tape", "stack": [{"type": "RedisCache", "ttl": 600}], ` + item + `, ` + value, "no server"},
		{"server", `"backend": "memcached", "stack": [{"type": "MemCached"}], ` + item + `, ` + value, "no server"},
		{"empty stack", `"backend": "redis", "stack": [], ` + item + `, ` + value, "empty stack"},
		{"innermost layer", `"backend": "redis", "stack": [{"type": "TapeCache"}], ` + item + `, ` + value, `"TapeCache"`},
		{"layer", redisOver + `{"type": "TapeCache"}], ` + item + `, ` + value, "TapeCache: unknown layer"},
		{"first level", redisOver + `{"type": "TwoLevelCache", "first": "LRUCache"}], ` + item + `, ` + value, `"LRUCache"`},
		{"cipher", redisOver + `{"type": "EncryptedCache", "cipher": "ROT13", "hsize": 16}], ` + item + `, ` + value, `"ROT13"`},
		{"hash size", redisOver + `{"type": "EncryptedCache", "cipher": "AES", "hsize": 0}], ` + item + `, ` + value, "no bytes"},
		{"method", redisOver + `{"type": "AutoPrefixedCache", "counter": "1", "method": "z85"}], ` + item + `, ` + value, "Method is not one"},
		{"prefix", redisOver + `{"type": "PrefixedCache", "prefix": {"t": "int", "v": "1"}}], ` + item + `, ` + value, "neither str nor bytes"},
		{"call", redisLayer + `, "call": {"via": "cacheModule", "key_func": "json_key", "args": [], "kwargs": []}, ` + value, `"cacheModule"`},
		{"key function", redisLayer + `, "call": {"via": "cached", "key_func": "len", "args": [], "kwargs": []}, ` + value, `"len"`},
		{"option", setWith(redisLayer, `"xx": {"t": "bool", "v": true}`), "unknown option xx"},
		{"option without a value", setWith(redisLayer, `"nx": {"t": "none"}`), "unknown option nx"},
		{"option with a number", setWith(redisLayer, `"exat": {"t": "int", "v": "1"}`), "unknown option exat"},
		{"option of another type", setWith(redisLayer, `"ex": {"t": "float", "v": "3ff0000000000000"}`), "unknown option ex"},
		{"no expiration", setWith(redisLayer, `"ex": {"t": "int", "v": "0"}`), "ex=0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := write(t, `{"id": "one", `+test.fields+`}`)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v does not say %q", err, test.says)
			}
		})
	}
}

// setWith returns the fields of a case that sets with an option.
func setWith(stack, option string) string {
	return stack + `, "call": {"via": "set", "key": {"t": "str", "v": "6b"}, "options": {` + option + `}},
		"value": {"t": "bytes", "v": "31"}`
}

// write decodes a case. If the case has a stack, write writes it as far as that is possible without a server.
func write(t *testing.T, oneCase string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "one.json")
	writeFile(t, path, `{"encoding": "hex", "count": 1, "cases": [`+oneCase+`]}`)
	file, err := vectors.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	kind, err := file.Cases[0].Decode()
	if err != nil {
		return err
	}
	live, ok := kind.(*vectors.Live)
	if !ok {
		t.Fatalf("it is taken for a %T", kind)
	}
	app, err := vectors.OpenUnanswered(live)
	if err != nil {
		return err
	}
	defer app.Close()
	return app.Write(t.Context())
}
