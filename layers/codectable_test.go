package layers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// These are what a codec does with the values of a row of docs/codecs.md.
const (
	comesBack    = "comes back"
	construction = "refused at construction"
	write        = "refused at the write"
	failing      = "fails at the write" // the encoding has no form for it, with Lossy neither
	lax          = "comes back, or not" // the codec does not look at it
)

// codecRow is a row of the table in docs/codecs.md, with values that prove it.
type codecRow struct {
	what              string
	json, gob         string
	byJSON, lossyJSON checkedCodec[any]
	byGob, lossyGob   checkedCodec[any]
	values            []any
}

// row returns a row about values of type V. It is not inlined, because the table would be one very large function.
//
//go:noinline
func row[V any](what, jsonDoes, gobDoes string, values ...V) codecRow {
	r := codecRow{
		what: what, json: jsonDoes, gob: gobDoes,
		byJSON: typeless[V]{layers.JSON[V]{}}, lossyJSON: typeless[V]{layers.JSON[V]{Lossy: true}},
		byGob: typeless[V]{layers.Gob[V]{}}, lossyGob: typeless[V]{layers.Gob[V]{Lossy: true}},
	}
	for _, value := range values {
		r.values = append(r.values, value)
	}
	return r
}

func (r codecRow) prove(t *testing.T) {
	for _, value := range r.values {
		t.Run("JSON", func(t *testing.T) { proveCodec(t, r.json, r.byJSON, r.lossyJSON, value) })
		t.Run("Gob", func(t *testing.T) { proveCodec(t, r.gob, r.byGob, r.lossyGob, value) })
	}
}

// checkedCodec is a codec that knows what it cannot bring back.
type checkedCodec[V any] interface {
	layers.Codec[V]
	Validate() error
}

// typeless is a codec of any value that is a V.
type typeless[V any] struct{ checkedCodec[V] }

func (c typeless[V]) Encode(value any) ([]byte, error) { return c.checkedCodec.Encode(value.(V)) }
func (c typeless[V]) Decode(data []byte) (any, error)  { return c.checkedCodec.Decode(data) }

// proveCodec checks that codec does this with value, and that lossy would not have brought it back.
func proveCodec(t *testing.T, does string, codec, lossy checkedCodec[any], value any) {
	t.Helper()
	if err := lossy.Validate(); err != nil {
		t.Errorf("%T with Lossy: %v", lossy, err)
	}
	if does == lax {
		return
	}
	data, err := codec.Encode(value)
	if does != construction && codec.Validate() != nil {
		t.Errorf("%T: %v, want no error", codec, codec.Validate())
	}
	switch does {
	case comesBack:
		if err != nil {
			t.Errorf("%T.Encode(%#v): %v", codec, value, err)
		} else if back, err := codec.Decode(data); err != nil || !reflect.DeepEqual(back, value) {
			t.Errorf("%T: %#v comes back as %#v, %v", codec, value, back, err)
		}
		return
	case construction:
		wantRefusedType(t, codec, err)
	case write:
		if !errors.Is(err, ctxcache.ErrValue) || errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%T.Encode(%#v): %v, want ErrValue", codec, value, err)
		}
	case failing:
		if err == nil {
			t.Errorf("%T.Encode(%#v): no error", codec, value)
		}
		if _, err := lossy.Encode(value); err == nil {
			t.Errorf("with Lossy, %T.Encode(%#v): no error", codec, value)
		}
		return
	}
	if data, err = lossy.Encode(value); err != nil {
		if does == write {
			t.Errorf("with Lossy, %T.Encode(%#v): %v", codec, value, err)
		}
		return
	}
	if back, err := lossy.Decode(data); err == nil && reflect.DeepEqual(back, value) {
		t.Errorf("%T refuses %#v, which comes back from %q", codec, value, data)
	}
}

// wantRefusedType checks that err and the result of Validate are ErrOptions, with the same text.
func wantRefusedType(t *testing.T, codec interface{ Validate() error }, err error) {
	t.Helper()
	want := codec.Validate()
	if !errors.Is(want, ctxcache.ErrOptions) || !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("%T: Validate = %v, Encode: %v, want ErrOptions", codec, want, err)
	} else if text := want.Error(); !strings.Contains(text, "Lossy: true") || text != err.Error() {
		t.Errorf("%T: Validate = %v, Encode: %v, want one text with a cure", codec, want, err)
	}
}

// validating is a codec of texts with the method Validate of another codec.
type validating struct {
	plainText
	other interface{ Validate() error }
}

func (v validating) Validate() error { return v.other.Validate() }

// TestRefusedTypeFailsEveryCall checks that a cache with a codec that refuses its type does nothing, and says why.
func TestRefusedTypeFailsEveryCall(t *testing.T) {
	store := newMemory[[]byte]()
	for _, codec := range []layers.Codec[unexported]{layers.JSON[unexported]{}, layers.Gob[unexported]{}} {
		check := func(name string, err error) {
			if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), "field secret of layers_test.unexported") {
				t.Errorf("%T: %s = %v, want ErrOptions with the field", codec, name, err)
			}
		}
		_, err := codec.Encode(unexported{"Ada", "x"})
		check("Encode", err)
		c := layers.Encoded(store, validating{other: codec.(checkedCodec[unexported])}, nil)
		for _, way := range layertest.ReadWays[string]() {
			_, err := way.Read(t.Context(), c, "k")
			check(way.Name, err)
		}
		for _, way := range layertest.SetWays[string]() {
			check(way.Name, way.Write(t.Context(), c, "k", ctxcache.NewEntry("Ada", time.Hour)))
		}
	}
	layertest.WantKeys(t, store)
}

// TestRefusedValueNamesItsField checks that a write says why, and that the old value is taken away.
func TestRefusedValueNamesItsField(t *testing.T) {
	for _, way := range writesOver[user]() {
		store := newMemory[[]byte]()
		c := layers.Encoded(store, layers.JSON[user]{}, nil)
		layertest.MustSet(t, c, "k", user{Tags: []string{"old"}})
		err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(user{Tags: []string{}}, time.Hour))
		if !errors.Is(err, ctxcache.ErrValue) || !strings.Contains(err.Error(), "field Tags of layers_test.user") {
			t.Errorf("%s: %v, want ErrValue with the field", way.Name, err)
		}
		if text := ctxcache.DiscreetText(err); !strings.Contains(text, "field Tags of layers_test.user") {
			t.Errorf("%s: logs show %q, want the field", way.Name, text)
		}
		layertest.WantKeys(t, store)
	}
}

// codecTable has the rows of docs/codecs.md, in its order.
var codecTable = []codecRow{
	row("exported fields, of strings, numbers, lists, maps, structs and pointers to structs", comesBack, comesBack,
		plain{}, plain{"Ada", map[string][]int{"a": {1}}, noon, &plain{Name: "Emmy"}}),
	row("types that marshal and unmarshal themselves, such as time.Time and netip.Addr", comesBack, comesBack,
		map[netip.Addr]time.Time{netip.MustParseAddr("::1"): noon}),
	row("unexported fields without a size, such as a marker `_ [0]func()`", comesBack, comesBack, marked{Name: "Ada"}),
	row("a struct that embeds a type with its own encoding, and nothing else", comesBack, comesBack, onlyTime{noon}),

	row("unexported fields", construction, construction, unexported{"Ada", "x"}, unexported{secret: "x"}),
	row("exported fields of an embedded struct that is not exported", comesBack, construction, embedsUnexported{hidden{"Ada"}}),
	row("no exported field at all", construction, construction, noField{1}),
	row("fields with the tag `json:\"-\"`", construction, comesBack, tagged{"Ada", "x"}),
	row("fields of two embedded structs with the same name in JSON", construction, comesBack, sameNames{Left{"Ada"}, Right{"Emmy"}}),
	row("a field with the name of a field of an embedded struct", construction, construction, shadowed{base{"1"}, "2"}),
	row("an embedded pointer to a struct that may have no member in JSON", construction, comesBack,
		embedsPointer{&Optional{}, "Ada"}),
	row("a struct that embeds a type with its own encoding, and other fields", construction, construction, stamped{noon, "Ada"}),
	row("types that marshal themselves, but do not unmarshal", construction, construction, writer{"Ada"}),
	row("types that unmarshal themselves, but do not marshal, if they bring back the value", comesBack, comesBack,
		lenient{"Ada", 3}),
	row("types that unmarshal themselves, but do not marshal, if they change the value", write, comesBack, lenient{"Ada", 0}),
	row("types that read a text, but are not written as a text", construction, comesBack, readsText{"Ada"}),
	row("values in a map whose methods belong to the pointer", construction, comesBack, map[string]byPointer{"a": {"Ada"}}),
	row("a struct with a method that reads only an embedded field, and other fields", construction, construction, halfOwn{noon, "Ada"}),
	row("types that marshal themselves as one thing, and read another", write, lax, loudly{"Ada"}),
	row("a struct that marshals itself, and has the method that reads it from an embedded field", write, lax, dated{noon}),
	row("functions", construction, construction, calls_{func() {}}),
	row("channels", construction, construction, channels{make(chan int)}),
	row("complex numbers", construction, comesBack, complexes{1i}),
	row("interfaces that gob knows by gob.Register", construction, comesBack, loose{registered{"Ada"}}, loose{1}),
	row("keys of maps that are neither strings nor integers, without methods for text", construction, comesBack,
		map[[2]int]string{{1, 2}: "x"}),
	row("keys of maps that are pointers", construction, construction, map[*int]string{&zero: "x"}),

	row("text that is not valid UTF-8", write, comesBack, "caf\xe9", "\ufffd\xff"),
	row("keys of maps that are not valid UTF-8", write, comesBack, map[string]int{"a\xff": 1, "a\xfe": 2}),
	row("two keys of a map with the same text", write, comesBack, map[cased]int{{"A"}: 1, {"a"}: 2}),
	row("keys of maps that are strings and are read in another way than they are written", write, comesBack, map[folded]int{"A": 1}),
	row("keys of maps that are numbers and are read in another way than they are written", write, comesBack, map[level]int{10: 1}),
	row("keys of maps that come back as keys that are not equal, such as a time.Time with a monotonic reading", write, write,
		map[time.Time]int{time.Now(): 1}),
	row("keys of maps that have pointers in them", construction, write, map[struct{ P *int }]int{{&one}: 1}),
	row("a time.Time whose zone is not a whole number of minutes from UTC", write, comesBack,
		noon.In(time.FixedZone("", 1172))),
	row("a big.Float that is not the same with 64 bits", write, comesBack, big.NewFloat(0.1)),
	row("an empty slice in a field", comesBack, write, listing{Tags: []string{}}),
	row("an empty map in a field", comesBack, comesBack, listing{More: map[string]string{}}),
	row("an empty slice in a list or a map", comesBack, write, [][]int{{}}),
	row("a nil slice in a list or a map", comesBack, comesBack, [][]int{nil, {1}}),
	row("a nil map in a list or a map", comesBack, write, []map[string]int{nil}),
	row("a nil slice or map that is the value itself", comesBack, comesBack, []int(nil)),
	row("an empty slice or map that is the value itself", comesBack, comesBack, []int{}),
	row("an empty slice or map in a field with the tag omitempty", write, lax, omitting{Tags: []string{}}, omitting{More: map[string]string{}}),
	row("a field with the tag omitzero whose method IsZero reports true, but that is not zero", write, comesBack, zeroing{-1}),
	row("a pointer to 0, false or \"\" in a field", comesBack, write, pointing{Limit: &zero}),
	row("a pointer to a zero struct in a field", comesBack, comesBack, plain{Next: &plain{}}),
	row("a pointer to a zero value that encodes itself", comesBack, comesBack, pointing{Since: new(time.Time)}),
	row("a pointer to 0, false or \"\" in a list or a map, or that is the value itself", comesBack, comesBack, []*int{&zero}),
	row("a nil pointer in a list or a map", comesBack, failing, []*int{nil}),
	row("a nil pointer in a list or a map to a type that encodes itself", comesBack, failing, []*time.Time{nil}),
	row("a nil pointer in a list or a map to a type that encodes nil, such as *big.Int", comesBack, write, []*big.Int{nil}),
	row("a pointer to a nil pointer", write, write, pointingTwice{&noLimit}),
	row("a pointer to a nil slice or map in a field", write, write, pointingList{new([]int)}),
	row("a pointer to a value that makes null of itself", write, lax, nullable{&maybe{}}),
	row("an empty json.Number", write, comesBack, numbers{""}),
	row("a json.RawMessage with white space between its parts", write, comesBack, raws{Raw: spaced},
		raws{Raw: json.RawMessage(`1`), Ptr: &spaced}),
	row("a nil json.RawMessage", write, comesBack, raws{}),
	row("a nil json.RawMessage with the tag omitempty, and one with <, > or &", comesBack, comesBack,
		optionalRaw{}, optionalRaw{json.RawMessage(`["<a & b> \" "]`)}),
	row("values nested more than 10,000 levels deep", write, failing, nested(10_001)),
	row("a type in an interface that is registered as a pointer to it", construction, write, loose{registeredByPointer{"Ada"}}),
	row("a type in an interface of which gob drops a part", construction, write, loose{unexportedToo{Name: "Ada", secret: "x"}}),
	row("NaN and infinities", failing, lax, math.NaN(), math.Inf(1)),
	row("numbers of any size", comesBack, comesBack, big.NewInt(0).Exp(big.NewInt(10), big.NewInt(100), nil)),
}

// TestCodecsBringBackOrRefuse proves each row of the table.
func TestCodecsBringBackOrRefuse(t *testing.T) {
	registerGobs()
	for _, row := range codecTable {
		t.Run(row.what, row.prove)
	}
}

// TestCodecsPage checks that docs/codecs.md has exactly these rows.
func TestCodecsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/codecs.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range codecTable {
		want = append(want, fmt.Sprintf("| %s | %s | %s |", row.what, shown(row.json), shown(row.gob)))
	}
	var got []string
	for line := range strings.Lines(string(page)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "| ") && strings.Count(line, " | ") == 2 {
			got = append(got, line)
		}
	}
	if len(got) > 0 {
		got = got[1:] // the titles
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the page has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// shown is what the page says.
func shown(does string) string {
	if does == lax {
		return "-"
	}
	return does
}
