package cachetoolsutils_test

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

type (
	flag   bool
	named  string // a str, whatever it is called
	userID string
)

var (
	someTexts  = []string{"", "x", "True", "None", "b'x'", "inf", "1", "é"}
	someOctets = []octet{
		"", "x", "it's", `"it's"`, `say "x"`, "\x00\t\n\r\x1b\x7f\x80\xff\\", `b'x'`, "\\x41",
	}
	someInts     = []int{0, 1, 7, -1, 300, math.MaxInt, math.MinInt}
	someUints    = []uint64{3, math.MaxUint64}
	someFloats   = []float64{0, 0.1, 1, -2.5, 1e16, 1e-7, math.MaxFloat64, math.Inf(1), math.Inf(-1)}
	someFloats32 = []float32{0.1, 1e30, float32(math.Inf(1)), float32(math.Inf(-1))}
	someBigs     = []*big.Int{nil, big.NewInt(0), big.NewInt(5), new(big.Int).Lsh(big.NewInt(1), 100)}
)

// someKeys returns Keys of Python objects of every kind.
func someKeys(t *testing.T) []cachetoolsutils.Key {
	t.Helper()
	return []cachetoolsutils.Key{
		keyOf(t, nil), keyOf(t, true), keyOf(t, 1), keyOf(t, "x"), keyOf(t, []byte("x")),
		keyOf(t, cachetoolsutils.Tuple{1, "a"}), keyOf(t, cachetoolsutils.Dict{{Key: "a", Value: nil}}),
	}
}

// someObjects returns keys of every Go type that is a Python object, as keys of type any.
func someObjects(t *testing.T) []value {
	t.Helper()
	objects := []value{
		nil, true, false, flag(true), flag(false), 1.5, named("x"), named("b'x'"), uint8(0), uint8(255), time.Second, time.Duration(0),
	}
	objects = appendAll(objects, someOctets)
	objects = appendAll(objects, someInts)
	objects = appendAll(objects, someUints)
	objects = appendAll(objects, someFloats)
	objects = appendAll(objects, someFloats32)
	objects = appendAll(objects, someBigs)
	objects = append(objects, "x", keyOf(t, math.NaN()))
	return appendAll(objects, someKeys(t))
}

func appendAll[K comparable](objects []value, keys []K) []value {
	for _, key := range keys {
		objects = append(objects, key)
	}
	return objects
}

// Keys of every Go type come back from each form of keys, or are refused. So Keys lists them, and Clear deletes them.
func TestKeysComeBack(t *testing.T) {
	comeBack(t, someTexts...)
	comeBack[named](t, "x", "b'x'")
	comeBack(t, someOctets...)
	comeBack(t, true, false)
	comeBack[flag](t, true, false)
	comeBack(t, someInts...)
	comeBack[uint8](t, 0, 255)
	comeBack(t, someUints...)
	comeBack(t, time.Second, 0)
	comeBack(t, someFloats...)
	comeBack(t, someFloats32...)
	comeBack(t, someBigs...)
	comeBack(t, someObjects(t)...)
	comeBack(t, someKeys(t)...)
}

// keyForm is StrKeys, JSONKeys or RawKeys.
type keyForm[K comparable] interface {
	Text(key K) (string, error)
	Key(text string) (K, bool)
}

func comeBack[K comparable](t *testing.T, keys ...K) {
	t.Helper()
	forms := []keyForm[K]{cachetoolsutils.StrKeys[K]{}, cachetoolsutils.JSONKeys[K]{}, cachetoolsutils.RawKeys[K]{}}
	for _, key := range keys {
		for _, form := range forms {
			text, err := form.Text(key)
			if errors.Is(err, ctxcache.ErrKey) {
				continue // Python has no such key in this form
			}
			back, ok := form.Key(text)
			again, err2 := form.Text(back)
			if err != nil || err2 != nil || !ok || ctxcache.CheckKey(back) != nil || again != text || isPlain(key) && back != key {
				t.Errorf("%T: %T %#v is stored as %q, %v, and comes back as %#v, %t", form, key, key, text, err, back, ok)
			}
		}
	}
}

// isPlain reports whether different values of K have different texts. Others are listed as one of the values with the text.
func isPlain[K comparable](K) bool {
	switch reflect.TypeFor[K]().Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Struct:
		return false
	default:
		return true
	}
}

// A text belongs to a key only if it is exactly the text that the key is stored as.
func TestKeyRefusesSimilarTexts(t *testing.T) {
	notKeys(t, cachetoolsutils.StrKeys[bool]{}.Key, "true", "false", "TRUE", "1", "0", "", " True", "True ", "None")
	notKeys(t, cachetoolsutils.StrKeys[float64]{}.Key, "Infinity", "-Infinity", "+inf", "Inf", "-Inf", "1", "1e5", "0x1p4", "None")
	notKeys(t, cachetoolsutils.StrKeys[*big.Int]{}.Key, "null", "none", "+1", "01", "1.0", "True")
	notKeys(t, cachetoolsutils.StrKeys[int]{}.Key, "True", "inf", "b'1'", "1.0")
	notKeys(t, cachetoolsutils.StrKeys[uint8]{}.Key, "256", "-1")
	notKeys(t, cachetoolsutils.StrKeys[octet]{}.Key, "", "b", "b'", "b''x", "B'x'", `b"x"`, `b'\x78'`, `b'\u0078'`, `b'\170'`, `b'\a'`, `b'\x7F'`,
		`b'it\'s'`, `b'"it's"'`, `b'é'`, "b'\xff'", "b'\t'", `b'\`, `b'\'`, `'x'`, "None", `b'x' `, `br'x'`)
	notKeys(t, cachetoolsutils.RawKeys[float64]{}.Key, "Infinity", "+inf", "nan", "1")
	notKeys(t, cachetoolsutils.RawKeys[bool]{}.Key, "True", "true") // which a client for Redis does not store
}

func notKeys[K comparable](t *testing.T, key func(text string) (K, bool), texts ...string) {
	t.Helper()
	for _, text := range texts {
		if k, ok := key(text); ok {
			t.Errorf("%q is the text of %T %v", text, k, k)
		}
	}
}

// The text of each key is Python's.
func TestTextsOfKeys(t *testing.T) {
	isStoredAs(t, "ada", cachetoolsutils.StrKeys[string]{}.Text, "ada")
	isStoredAs(t, "ada", cachetoolsutils.StrKeys[userID]{}.Text, "ada")
	isStoredAs(t, "-7", cachetoolsutils.StrKeys[int]{}.Text, -7)
	isStoredAs(t, "7", cachetoolsutils.StrKeys[uint8]{}.Text, 7)
	isStoredAs(t, "1e+16", cachetoolsutils.StrKeys[float64]{}.Text, 1e16)
	isStoredAs(t, `"ada"`, cachetoolsutils.JSONKeys[string]{}.Text, "ada")
	isStoredAs(t, "1.0", cachetoolsutils.JSONKeys[float64]{}.Text, 1)
	isStoredAs(t, "true", cachetoolsutils.JSONKeys[bool]{}.Text, true)
	isStoredAs(t, "\x00\xff", cachetoolsutils.RawKeys[octet]{}.Text, "\x00\xff")
	isStoredAs(t, "7", cachetoolsutils.RawKeys[int]{}.Text, 7)
}

func isStoredAs[K comparable](t *testing.T, want string, text func(K) (string, error), key K) {
	t.Helper()
	if got, err := text(key); got != want || err != nil {
		t.Errorf("%T %v is stored as %q, %v, want %q", key, key, got, err, want)
	}
}
