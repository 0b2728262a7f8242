package cachetoolsutils_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

// keeps fails the test unless a value that is written as JSON is read as the same value.
func keeps[V any](t *testing.T, values ...V) {
	t.Helper()
	codec := cachetoolsutils.JSON[V]{}
	for _, value := range values {
		data, err := codec.Encode(value)
		if err != nil {
			t.Errorf("%T: %#v: %v", value, value, err)
			continue
		}
		if got, err := codec.Decode(data); err != nil || !reflect.DeepEqual(got, value) {
			t.Errorf("%T: %#v comes back as %#v, %v", value, value, got, err)
		}
	}
}

// refuses fails the test unless good can be written as JSON, and bad cannot.
func refuses[V any](t *testing.T, name string, good, bad V) {
	t.Helper()
	codec := cachetoolsutils.JSON[V]{}
	if _, err := codec.Encode(good); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if data, err := codec.Encode(bad); err == nil || errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("%s: %q, %v, want an error about the value", name, data, err)
	}
}

// A value that would change is ErrValue in every way to write, and leaves no old value.
func TestEveryWriteRefusesValuesThatWouldChange(t *testing.T) {
	c := cachetoolsutils.ToBytesCache[string, string](newOctets())
	leavesNoOldValue(t, "not UTF-8", c, "Ada", "a\xffb")
	leavesNoOldValue(t, "a surrogate pair", c, "Ada", pair)
}

type (
	holder struct{ A any }
	tagged struct {
		Tags []string `json:",omitempty"`
	}
	sums    struct{ N *big.Int }
	objects struct {
		D cachetoolsutils.Dict
		T cachetoolsutils.Tuple
	}
	dated struct { // encoding/json writes the time only
		time.Time
		Name string
	}
	raw struct {
		JSON json.RawMessage
		Ptr  *json.RawMessage
	}
	marked struct {
		_ [0]func() // has no state that could be lost
		N int
	}
	embedsTime struct{ time.Time }
	quoted     string                // writes and reads itself as text
	shy        struct{ Name string } // writes and reads itself by methods of its pointer
	upper      string                // writes itself, and is read by encoding/json
)

func (u upper) MarshalText() ([]byte, error) { return []byte(strings.ToUpper(string(u))), nil }

func (q quoted) MarshalText() ([]byte, error) { return []byte("<" + string(q) + ">"), nil }
func (q *quoted) UnmarshalText(text []byte) error {
	*q = quoted(strings.Trim(string(text), "<>"))
	return nil
}

func (s *shy) MarshalJSON() ([]byte, error) { return json.Marshal(s.Name) }

func (s *shy) UnmarshalJSON(data []byte) error {
	_ = json.Unmarshal(data, &s.Name) // a reader that accepts everything
	return nil
}

func TestTypedValuesComeBackAsTheyAre(t *testing.T) {
	const large = int64(9007199254740993) // not a float64
	keeps(t, large, math.MinInt64)
	keeps[uint64](t, math.MaxUint64)
	keeps(t, 1.0, 0.1, 1e300, math.Inf(1))
	keeps[float32](t, 0.1)
	keeps(t, "", "é", "\xed\xa0\x80", "null")
	keeps(t, new(big.Int).Lsh(big.NewInt(1), 100), big.NewInt(5), nil)
	keeps(t, []value{large, 1.0, "a", nil, cachetoolsutils.Dict{{Key: "a", Value: large}}})
	keeps(t, cachetoolsutils.Dict{{Key: "a", Value: large}})
	keeps(t, cachetoolsutils.Tuple{large, "x"})
	keeps[value](t, large, nil, 1.0, cachetoolsutils.Dict{{Key: "a", Value: []value{large}}})
	keeps(t, map[string]any{"a": large, "b": 2.0, "c": []any{large}, "d": map[string]any{"e": large}}, nil)
	keeps(t, holder{large}, holder{"text"}, holder{nil}, holder{[]any{1.5, large}}, holder{map[string]any{"a": large}})
	keeps(t, map[string][]holder{"x": {{large}, {true}}})
	keeps(t, User{"Ada", 36}, User{})
	keeps(t, &User{"Ada", 36}, nil)
	keeps(t, tagged{[]string{"a"}}, tagged{})
	keeps(t, sums{big.NewInt(5)}, sums{})
	keeps(t, objects{cachetoolsutils.Dict{{Key: "x", Value: large}}, cachetoolsutils.Tuple{1.0, large}})
	keeps(t, time.Unix(1, 0).UTC())
	keeps(t, raw{JSON: json.RawMessage(`{"a":[1,"\u00e9"]}`)})
	keeps(t, marked{N: 1})
	keeps(t, quoted("é"))
	keeps(t, netip.MustParseAddr("::1"))
	keeps(t, map[int]string{1: "a"}, map[int]string{})
	keeps(t, [2]bool{true, false})

	data, err := cachetoolsutils.JSON[float64]{}.Encode(math.NaN())
	got, err2 := cachetoolsutils.JSON[float64]{}.Decode(data)
	if !math.IsNaN(got) || err != nil || err2 != nil {
		t.Errorf("NaN comes back as %v, %v, %v", got, err, err2)
	}
}

// pair is a high surrogate and a low one, each in three bytes. Their JSON is the JSON of "😀".
const pair = "\xed\xa0\xbd\xed\xb8\x80"

func TestValuesThatWouldChangeAreRefused(t *testing.T) {
	refuses(t, "text that is not UTF-8", User{}, User{Name: "a\xffb"})
	refuses(t, "a lone surrogate in a struct", User{}, User{Name: "\xed\xa0\x80"})
	refuses(t, "a surrogate pair, whose JSON is one character's", "\xed\xb8\x80\xed\xa0\xbd", pair)
	refuses(t, "a surrogate pair as a name", map[string]any{}, map[string]any{pair: nil})
	refuses(t, "a name that comes twice", cachetoolsutils.Dict{{Key: "a", Value: 1}, {Key: "b", Value: 1}},
		cachetoolsutils.Dict{{Key: "a", Value: 1}, {Key: "b", Value: 1}, {Key: "a", Value: 2}})
	refuses(t, "a number that comes twice", cachetoolsutils.Dict{{Key: 1, Value: 1}, {Key: 1.0, Value: 2}},
		cachetoolsutils.Dict{{Key: 1, Value: 1}, {Key: 1.0, Value: 2}, {Key: 1, Value: 3}})
	refuses(t, "names that become one", map[string]int{}, map[string]int{"\xff": 1, "\xfe": 2})
	refuses(t, "a name that changes", map[string]int{}, map[string]int{"\xff": 1})
	refuses(t, "NaN in a struct", struct{ F float64 }{}, struct{ F float64 }{math.NaN()})
	refuses(t, "an empty slice that becomes nil", tagged{}, tagged{[]string{}})
	refuses(t, "a struct in an interface", holder{}, holder{User{"Ada", 36}})
	refuses(t, "bytes in an interface", holder{}, holder{[]byte("x")})
	refuses(t, "a tuple in an interface", holder{}, holder{cachetoolsutils.Tuple{1}})
	refuses(t, "a dict in an interface", holder{}, holder{cachetoolsutils.Dict{}})
	refuses(t, "a whole float in an interface", holder{}, holder{2.0})
	refuses(t, "a nil slice in an interface", holder{}, holder{[]any(nil)})
	refuses[value](t, "a struct as an object", nil, User{"Ada", 36})
	refuses[value](t, "a struct in a list", nil, []value{User{"Ada", 36}})
	refuses[value](t, "a map as an object", nil, map[string]int{"a": 1})
	refuses(t, "a struct in a dict", objects{}, objects{D: cachetoolsutils.Dict{{Key: "x", Value: User{}}}})
	refuses(t, "text that is read as it was written", holder{}, holder{"\xff"})
	refuses(t, "a field beside an embedded type", dated{}, dated{Name: "Ada"})
	refuses(t, "raw JSON with white space", raw{JSON: json.RawMessage(`1`)}, raw{JSON: json.RawMessage(`[1, 2]`)})
	spaced := json.RawMessage(`[1, 2]`)
	refuses(t, "raw JSON behind a pointer", raw{JSON: json.RawMessage(`1`)}, raw{json.RawMessage(`1`), &spaced})
	refuses(t, "raw JSON that is nil", raw{JSON: json.RawMessage(`1`)}, raw{})
	refuses(t, "raw JSON as a value", json.RawMessage(`1`), json.RawMessage(`{"b":1,"a":2}`))
	odd := time.Unix(0, 0).In(time.FixedZone("", 1172)) // 19 minutes and 32 seconds, as in Amsterdam until 1937
	refuses(t, "a zone with seconds", time.Time{}, odd)
	refuses(t, "a zone with seconds in a list", nil, []time.Time{odd})
	refuses(t, "a zone with seconds behind a pointer", nil, &odd)
	refuses(t, "a zone with seconds in an embedded time", embedsTime{}, embedsTime{odd})
	refuses(t, "a float that is rounded", new(big.Float), big.NewFloat(0.1))
	refuses(t, "a text of its own that is not UTF-8", quoted(""), quoted("\xff"))
	refuses(t, "methods of a pointer, in a map", map[string]shy{}, map[string]shy{"a": {"Ada"}})
	refuses(t, "a type that only writes itself", upper("A"), upper("a"))
	refuses(t, "a tuple as a Key", keyOf(t, "a"), keyOf(t, cachetoolsutils.Tuple{1}))
}

// Python's ints stay ints, and what does not fit is an error, and never another number.
func TestPythonsNumbersAreReadExactly(t *testing.T) {
	got, err := cachetoolsutils.JSON[holder]{}.Decode([]byte(`{"A":9007199254740993}`))
	if got.A != int64(9007199254740993) || err != nil {
		t.Errorf("an int in an interface is %#v, %v", got.A, err)
	}
	if got, err := (cachetoolsutils.JSON[float64]{}).Decode([]byte("9007199254740993")); err == nil {
		t.Errorf("an int that is not a float64 is %v, want an error", got)
	}
	if got, err := (cachetoolsutils.JSON[float64]{}).Decode([]byte("3")); got != 3 || err != nil {
		t.Errorf("a whole number is %v, %v", got, err)
	}
	if got, err := (cachetoolsutils.JSON[uint8]{}).Decode([]byte("256")); err == nil {
		t.Errorf("an int that is not a uint8 is %v, want an error", got)
	}
	for _, text := range []string{`"a` + "\xff" + `b"`, `"\ud800"`, "\xff"} {
		if got, err := (cachetoolsutils.JSON[User]{}).Decode([]byte(`{"name":` + text + `}`)); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
	if got, err := (cachetoolsutils.JSON[User]{}).Decode([]byte("\ufeff" + `{"name":"Ada"}`)); got.Name != "Ada" || err != nil {
		t.Errorf("with a byte order mark: %v, %v", got, err)
	}
}

// Objects and Typed convert nothing silently either.
func TestObjectsAreConvertedExactly(t *testing.T) {
	objects := cachetoolsutils.DictCache[cachetoolsutils.Key, value]()
	name := keyOf(t, "k")
	floats := cachetoolsutils.Typed[string, float32](objects)
	for _, object := range []value{0.1, int64(1)} {
		mustSet(t, objects, name, object)
		if got, err := floats.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("a float32 of %T %v: %v, %v, want ErrCorrupt", object, object, got, err)
		}
	}
	bigs := cachetoolsutils.Typed[string, *big.Int](objects)
	for _, i := range []*big.Int{big.NewInt(5), new(big.Int).Lsh(big.NewInt(1), 100), nil} {
		mustSet(t, bigs, "k", i)
		if got, err := bigs.Get(t.Context(), "k"); err != nil || !reflect.DeepEqual(got, i) {
			t.Errorf("%v comes back as %v, %v", i, got, err)
		}
	}
}
