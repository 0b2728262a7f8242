package funcvars_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
	"github.com/ctxcache/cached/layers"
)

// These may happen to a result.
const (
	refusedType  = "its type is refused"
	refusedValue = "it is not stored"
	comesBack    = "it comes back"
)

// fateOf returns what happens to a result of a replaced function, and to a value of layers.JSON.
func fateOf[V any](t *testing.T, value V) (replaced, encoded string) {
	t.Helper()
	return fateOfResult(t, value), fateOfValue(t, value)
}

func fateOfResult[V any](t *testing.T, value V) string {
	t.Helper()
	calls := 0
	load := func() (V, error) { calls++; return value, nil }
	if _, err := funcvars.Replace(newStore(), funcvars.Vars{"f.": &load}, nil); err != nil {
		if !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%T: %v", value, err)
		}
		return refusedType
	}
	var got V
	for range 2 {
		var err error
		if got, err = load(); err != nil {
			t.Errorf("%T: %v", value, err)
		}
	}
	if calls == 2 {
		return refusedValue
	}
	if !reflect.DeepEqual(got, value) {
		t.Errorf("%T: %#v comes back as %#v", value, value, got)
	}
	return comesBack
}

func fateOfValue[V any](t *testing.T, value V) string {
	t.Helper()
	codec := layers.JSON[V]{}
	if codec.Validate() != nil {
		return refusedType
	}
	if _, err := codec.Encode(value); err != nil {
		return refusedValue
	}
	return comesBack
}

type (
	node   struct{ Next *node }
	tagged struct {
		A int `json:"-"`
	}
	omitting struct {
		Tags []string       `json:",omitempty"`
		More map[string]int `json:"more,omitempty"`
	}
	zeroing struct {
		Share percent `json:",omitzero"`
	}
	anonymous struct{ time.Time }
	twice     struct{ Limit **int }
	nulls     struct{ Maybe *maybe }
	wrapped   struct {
		Number json.Number
		Raw    json.RawMessage `json:",omitempty"`
	}
)

// percent counts everything below 1 as zero.
type percent int

func (p percent) IsZero() bool { return p < 1 }

// maybe makes null of its zero value.
type maybe struct{ Text string }

func (m maybe) MarshalJSON() ([]byte, error) {
	if m.Text == "" {
		return []byte("null"), nil
	}
	return json.Marshal(m.Text)
}

func (m *maybe) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &m.Text) }

// cased is a key whose text has no case.
type cased struct{ Letter string }

func (c cased) MarshalText() ([]byte, error) { return []byte(strings.ToLower(c.Letter)), nil }

func (c *cased) UnmarshalText(text []byte) error {
	c.Letter = string(text)
	return nil
}

// folded is a key that is read in another way than it is written.
type folded string

func (f *folded) UnmarshalText(text []byte) error {
	*f = folded(strings.ToLower(string(text)))
	return nil
}

// declared embeds a time and declares its own JSON.
type declared struct {
	time.Time
	Name string
}

func (d declared) MarshalJSON() ([]byte, error) { return json.Marshal([]any{d.Time, d.Name}) }
func (d *declared) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&d.Time, &d.Name})
}

func nested(depth int) *node {
	var n *node
	for range depth {
		n = &node{n}
	}
	return n
}

// A replaced function keeps the results that layers.JSON keeps, and no others.
func TestResultsAreKeptAsByJSON(t *testing.T) {
	synctest.Test(t, testResultsAreKeptAsByJSON) // a busy machine does not end a load's time
}

func testResultsAreKeptAsByJSON(t *testing.T) {
	t.Helper()
	noon := time.Date(2026, time.January, 2, 12, 0, 0, 0, time.UTC)
	var nothing *int
	for name, fate := range map[string]func() (want, replaced, encoded string){
		"text":                  row(t, comesBack, "caf\u00e9 \ufffd <&>"),
		"struct":                row(t, comesBack, point{1, 2}),
		"nil pointer":           row(t, comesBack, (*point)(nil)),
		"pointer":               row(t, comesBack, &point{1, 2}),
		"nil slice":             row(t, comesBack, []string(nil)),
		"empty slice":           row(t, comesBack, []string{}),
		"empty slice below":     row(t, comesBack, [][]string{{}, nil}),
		"nil map":               row(t, comesBack, map[string]int(nil)),
		"map of times":          row(t, comesBack, map[netip.Addr]time.Time{netip.IPv6Loopback(): noon}),
		"map of pointers":       row(t, comesBack, map[cased]*int{{"a"}: new(int), {"b"}: nil}),
		"big number":            row(t, comesBack, big.NewInt(math.MaxInt64)),
		"embedded time":         row(t, comesBack, anonymous{noon}),
		"declared JSON":         row(t, comesBack, declared{noon, "Ada"}),
		"full fields":           row(t, comesBack, omitting{[]string{""}, map[string]int{"a": 1}}),
		"nil fields":            row(t, comesBack, omitting{}),
		"zero":                  row(t, comesBack, zeroing{}),
		"raw":                   row(t, comesBack, wrapped{"1.50", json.RawMessage(`["<a & b> \" "]`)}),
		"text of null":          row(t, comesBack, nulls{&maybe{"x"}}),
		"a thousand levels":     row(t, comesBack, nested(1000)),
		"hidden":                row(t, refusedType, hidden{1}),
		"tagged":                row(t, refusedType, tagged{1}),
		"any":                   row[any](t, refusedType, 1),
		"any below":             row(t, refusedType, []map[string]any{{"a": 1}}),
		"reader":                row[io.Reader](t, refusedType, nil),
		"promoted":              row(t, refusedType, stamped{noon, "Ada"}),
		"one way":               row(t, refusedType, text("a")),
		"channel":               row(t, refusedType, make(chan int)),
		"invalid text":          row(t, refusedValue, "caf\xe9"),
		"invalid key":           row(t, refusedValue, map[string]int{"\xff": 1}),
		"NaN":                   row(t, refusedValue, math.NaN()),
		"same keys":             row(t, refusedValue, map[cased]int{{"A"}: 1, {"a"}: 2}),
		"other key":             row(t, refusedValue, map[folded]int{"A": 1}),
		"empty omitted slice":   row(t, refusedValue, omitting{Tags: []string{}}),
		"empty omitted map":     row(t, refusedValue, []omitting{{More: map[string]int{}}}),
		"omitted without being": row(t, refusedValue, zeroing{-1}),
		"pointer to nil":        row(t, refusedValue, twice{&nothing}),
		"pointer to nil slice":  row(t, refusedValue, struct{ List *[]int }{new([]int)}),
		"pointer to null":       row(t, refusedValue, nulls{&maybe{}}),
		"empty number":          row(t, refusedValue, wrapped{}),
		"spaced raw":            row(t, refusedValue, wrapped{"1", json.RawMessage(`{"a": 1}`)}),
		"nil raw":               row(t, refusedValue, json.RawMessage(nil)),
		"too deep":              row(t, refusedValue, nested(10_001)),
	} {
		want, replaced, encoded := fate()
		if replaced != want {
			t.Errorf("%s: %s, want: %s", name, replaced, want)
		}
		if encoded != want {
			t.Errorf("%s: %s by layers.JSON, and by a replaced function: %s", name, encoded, want)
		}
	}
}

func row[V any](t *testing.T, want string, value V) func() (want, replaced, encoded string) {
	t.Helper()
	return func() (string, string, string) {
		t.Helper()
		replaced, encoded := fateOf(t, value)
		return want, replaced, encoded
	}
}

// A codec that loses a part on purpose is accepted.
func TestLossyCodec(t *testing.T) {
	calls := 0
	load := func() any { calls++; return fmt.Errorf("%d", calls) }
	opts := &funcvars.Options{Codecs: []funcvars.ResultCodec{funcvars.CodecFor(layers.JSON[any]{Lossy: true})}}
	if _, err := funcvars.Replace(newStore(), funcvars.Vars{"f.": &load}, opts); err != nil {
		t.Fatal(err)
	}
	load()
	if got := load(); calls != 1 || fmt.Sprint(got) != "map[]" {
		t.Errorf("it comes back as %v after %d calls", got, calls)
	}
}
