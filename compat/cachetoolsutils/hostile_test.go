package cachetoolsutils_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

// panicking is a type whose methods panic, with the value.
type panicking string

func (p panicking) MarshalJSON() ([]byte, error) {
	if p != "" {
		panic("cannot write " + p)
	}
	return []byte(`""`), nil
}

func (p *panicking) UnmarshalJSON(data []byte) error {
	if string(data) != `""` {
		panic("cannot read " + string(data))
	}
	return nil
}

// A panic in a method of a type is an error of the one call. It does not print the value.
func TestPanicsOfTypesAreErrors(t *testing.T) {
	store := newOctets()
	values := cachetoolsutils.ToBytesCache[string, panicking](store)
	lists := cachetoolsutils.JSON[map[string]panicking]{}
	if err := values.Set(t.Context(), "k", "1815", time.Hour); !isQuiet(err, ctxcache.ErrValue) {
		t.Errorf("Set: %v, want ErrValue without the value", err)
	}
	if _, err := lists.Encode(map[string]panicking{"a": "1815"}); err == nil || strings.Contains(err.Error(), "1815") {
		t.Errorf("Encode of a map: %v, want an error without the value", err)
	}
	mustSet(t, store, `"k"`, []byte(`"1815"`))
	if _, err := values.Get(t.Context(), "k"); !isQuiet(err, ctxcache.ErrCorrupt) {
		t.Errorf("Get: %v, want ErrCorrupt without the value", err)
	}
	if _, lease, err := ctxcache.GetLease(t.Context(), values, "k", 0); !isQuiet(err, ctxcache.ErrCorrupt) || !lease.Granted() {
		t.Errorf("GetLease: %v, %v, want ErrCorrupt and a lease to heal it", lease, err)
	}
	if _, err := lists.Decode([]byte(`{"a":"1815"}`)); err == nil || strings.Contains(err.Error(), "1815") {
		t.Errorf("Decode of a map: %v, want an error without the value", err)
	}
	if _, err := (cachetoolsutils.JSONSerde[panicking]{}).Decode([]byte(`"1815"`), 3); err == nil || strings.Contains(err.Error(), "1815") {
		t.Errorf("JSONSerde: %v, want an error without the value", err)
	}
}

// isQuiet reports whether err wraps sentinel and does not print the value.
func isQuiet(err, sentinel error) bool {
	return errors.Is(err, sentinel) && !strings.Contains(err.Error(), "1815")
}

// The functions and codecs of the package do not quote a value in their errors either, wherever a program uses them.
func TestFunctionsDoNotQuoteValues(t *testing.T) {
	_, err := cachetoolsutils.EncodeJSON(quoting("1815"))
	errs := map[string]error{"EncodeJSON": err}
	_, errs["EncodeJSON of a list"] = cachetoolsutils.EncodeJSON([]value{quoting("1815")})
	_, errs["EncodeJSON of bytes"] = cachetoolsutils.EncodeJSON([]byte("1815"))
	_, errs["EncodeJSON of a channel"] = cachetoolsutils.EncodeJSON(struct{ C chan int }{})
	_, errs["DecodeJSON"] = cachetoolsutils.DecodeJSON([]byte(`[1815,x]`))
	_, errs["Str"] = cachetoolsutils.Str(quoting("1815"))
	_, errs["KeyOf"] = cachetoolsutils.KeyOf(quoting("1815"))
	_, errs["JSONKey"] = cachetoolsutils.JSONKey(cachetoolsutils.Args(quoting("1815")))
	_, errs["FullHashKey"] = cachetoolsutils.FullHashKey(cachetoolsutils.Args(1).With("1815", quoting("1815")))
	_, errs["JSONFuncKey"] = cachetoolsutils.JSONFuncKey(t.Context(), []any{quoting("1815")})
	_, errs["HashFuncKey"] = cachetoolsutils.HashFuncKey(t.Context(), []any{quoting("1815")})
	_, errs["JSON.Decode"] = cachetoolsutils.JSON[small]{}.Decode([]byte(`{"N":1815}`))
	_, errs["JSON.Decode of a time"] = cachetoolsutils.JSON[time.Time]{}.Decode([]byte(`"in 1815"`))
	_, errs["JSON.Encode"] = cachetoolsutils.JSON[quoting]{}.Encode("1815")
	_, errs["Raw.Decode"] = cachetoolsutils.Raw[int]{}.Decode([]byte("in 1815"))
	_, errs["Raw.Encode"] = cachetoolsutils.Raw[value]{}.Encode(quoting("1815"))
	_, _, errs["JSONSerde.Encode"] = cachetoolsutils.JSONSerde[quoting]{}.Encode("1815")
	_, errs["JSONSerde.Decode"] = cachetoolsutils.JSONSerde[small]{}.Decode([]byte(`{"N":1815}`), 3)
	_, errs["JSONSerde.Decode of other flags"] = cachetoolsutils.JSONSerde[small]{}.Decode([]byte(`1815`), 7)
	_, errs["StrKeys"] = cachetoolsutils.StrKeys[quoting]{}.Text("1815")
	_, errs["JSONKeys"] = cachetoolsutils.JSONKeys[quoting]{}.Text("1815")
	var dict cachetoolsutils.Dict
	errs["Dict"] = json.Unmarshal([]byte(`[1815]`), &dict)
	for name, err := range errs {
		if err == nil || strings.Contains(err.Error(), "1815") {
			t.Errorf("%s: %v, want an error without the value", name, err)
		}
	}
}

// No stored bytes make a read panic, in any class.
func FuzzStored(f *testing.F) {
	for _, seed := range []string{
		"", "null", `{"A":[1,"\ud800",{"B":1e5}]}`, "\xff\xfe", `"`, "[[[", "-", "1.", "\x00", "0y", "|NZ", `{"name":"Ada","age":36}`,
	} {
		f.Add([]byte(seed), uint32(len(seed)))
	}
	f.Fuzz(func(t *testing.T, data []byte, flags uint32) {
		// Any outcome but a panic is good.
		_, _ = cachetoolsutils.JSON[User]{}.Decode(data)
		_, _ = cachetoolsutils.JSON[holder]{}.Decode(data)
		_, _ = cachetoolsutils.JSON[map[string]any]{}.Decode(data)
		_, _ = cachetoolsutils.Raw[float64]{}.Decode(data)
		_, _ = cachetoolsutils.JSONSerde[value]{}.Decode(data, flags)
		_, _ = cachetoolsutils.JSONSerde[User]{}.Decode(data, flags%4)
		_, _ = cachetoolsutils.JSONKeys[cachetoolsutils.Key]{}.Key(string(data))
		_, _ = cachetoolsutils.StrKeys[int]{}.Key(string(data))
		for _, cipher := range ciphers {
			texts := newOctets()
			hidden := cachetoolsutils.EncryptedCache(texts, someSecret, &cachetoolsutils.EncryptedOptions{Cipher: cipher, ChecksumSize: 4})
			mustSet(t, hidden, "k", nil)
			mustSet(t, texts, storedKeys(t, texts)[0], data)
			if _, err := hidden.Get(t.Context(), "k"); err != nil && !errors.Is(err, ctxcache.ErrCorrupt) {
				t.Errorf("%v: %v", cipher, err)
			}
		}
		base85 := newStore[string]()
		mustSet(t, base85, "VE", string(data))
		if _, err := cachetoolsutils.BytesCache(base85).Get(t.Context(), "k"); err != nil && err != ctxcache.ErrMiss && !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Error(err)
		}
	})
}
