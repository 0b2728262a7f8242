package cachetoolsutils_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/ctxcache"
)

// small is a value with a number that may not fit.
type small struct{ N int8 }

// Errors do not quote values, which may be personal, but wrap the codec's error.
func TestErrorsDoNotQuoteValues(t *testing.T) {
	store := newOctets()
	mustSet(t, store, `"number"`, []byte(`{"age":1815121018151210181512}`))
	_, err := cachetoolsutils.ToBytesCache[string, User](store).Get(t.Context(), "number")
	if !isQuiet(err, ctxcache.ErrCorrupt) {
		t.Errorf("Get of a number: %v, want ErrCorrupt without the value", err)
	}
	if _, is := errors.AsType[*json.UnmarshalTypeError](err); !is {
		t.Errorf("%v does not wrap the codec's error", err)
	}
	if _, err := (cachetoolsutils.JSON[small]{}).Decode([]byte(`{"N":181512}`)); err == nil || strings.Contains(err.Error(), "1815") {
		t.Errorf("Decode of a number: %v, want an error without the value", err)
	}
	_, err = cachetoolsutils.JSON[time.Time]{}.Decode([]byte(`"1815-12-10 or so"`))
	if _, is := errors.AsType[*time.ParseError](err); !is || strings.Contains(err.Error(), "1815") {
		t.Errorf("Decode of a time: %v, want a wrapped ParseError without the value", err)
	}
	err = cachetoolsutils.ToBytesCache[string, quoting](store).Set(t.Context(), "text", "1815", time.Hour)
	if !errors.Is(err, errQuoting) || !isQuiet(err, ctxcache.ErrValue) {
		t.Errorf("Set of a value that cannot be encoded: %v, want an error without the value", err)
	}
}

var errQuoting = errors.New("cannot be written")

// quoting is a value that cannot be encoded, and whose error quotes it.
type quoting string

func (q quoting) MarshalJSON() ([]byte, error) {
	return nil, errors.Join(errQuoting, errors.New(string(q)))
}

// A key that is not a Python str is refused in caches that store str(key), too, before anything is sent.
func TestTextKeysAreUTF8(t *testing.T) {
	store := newStore[string]()
	memcached := pymemcached.MemCached[string, string](serverList(t, "127.0.0.1:1"), nil)
	defer memcached.Close()
	prefixed := pymemcached.PrefixedMemCached[string, string](serverList(t, "127.0.0.1:1"), "p.", nil)
	defer prefixed.Close()
	for name, c := range map[string]ctxcache.Cache[string, string]{
		"PrefixedCache":     cachetoolsutils.PrefixedCache[string](store, "p."),
		"AutoPrefixedCache": cachetoolsutils.AutoPrefixedCache[string](store, nil),
		"MemCached":         memcached,
		"PrefixedMemCached": prefixed,
	} {
		for _, key := range []string{"\xff", "caf\xe9", "\xed\xa0\x80"} {
			if err := c.Set(t.Context(), key, "", time.Hour); !errors.Is(err, ctxcache.ErrKey) {
				t.Errorf("%s: Set of %q: %v, want ErrKey", name, key, err)
			}
			if _, err := c.Get(t.Context(), key); !errors.Is(err, ctxcache.ErrKey) {
				t.Errorf("%s: Get of %q: %v, want ErrKey", name, key, err)
			}
		}
	}
	cafe := cachetoolsutils.PrefixedCache[string](store, "p.")
	mustSet(t, cafe, "café", "")
	wantKeys(t, store, "p.café")
	wantKeys(t, cafe, "café")
}
