package jsonkey_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/jsonkey"
)

// maybe makes null of its zero value.
type maybe struct{ text string }

func (m maybe) MarshalJSON() ([]byte, error) {
	if m.text == "" {
		return []byte("null"), nil
	}
	return json.Marshal(m.text)
}

// folded has the same text in upper and lower case.
type folded [1]byte

func (f folded) MarshalText() ([]byte, error) { return []byte(strings.ToLower(string(f[:]))), nil }

// percent counts everything below 1 as zero.
type percent int

func (p percent) IsZero() bool { return p < 1 }

// optional leaves zero values out.
type optional struct {
	Ratio  float64 `json:",omitempty"`
	Weight float32 `json:",omitzero"`
	Box    struct {
		Width float64
	} `json:",omitzero"`
	Share percent    `json:",omitzero"`
	Since time.Time  `json:",omitzero"`
	Sides [2]float64 `json:",omitzero"`
}

// above is never left out, because omitempty has no effect on structs.
type above struct {
	Deep struct{ Number json.Number } `json:",omitempty"` //nolint:modernize // users write it
}

// toMaybe is a pointer without methods.
type toMaybe *maybe

// day has the methods of its time, and nothing else.
type day struct{ time.Time }

// wrapped has the methods of its raw JSON, and nothing else.
type wrapped struct{ json.RawMessage }

// wrappedTwice likewise.
type wrappedTwice struct{ wrapped }

// Two different values of a type never share a key: their keys differ, or the second has no key.
func TestOfDifferentValuesShareNoKey(t *testing.T) {
	negative := math.Copysign(0, -1)
	one, same := 1, 1
	utc := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	elsewhere := time.Time{}.In(time.FixedZone("", 3600))
	for name, pair := range map[string][2]any{
		"nil and an empty slice":               {[]int(nil), []int{}},
		"nil and an empty map":                 {map[string]int(nil), map[string]int{}},
		"nil and an empty slice with omitzero": {zeroed{Tags: []int{}}, zeroed{Tags: []int{}, More: []int{}}},
		"a nil pointer, and one to null":       {(*maybe)(nil), &maybe{}},
		"the same for another pointer type":    {toMaybe(nil), toMaybe(&maybe{})},
		"the same in a slice":                  {[]*maybe{nil}, []*maybe{{}}},
		"the same in a map":                    {map[string]*maybe{"": nil}, map[string]*maybe{"": {}}},
		"a nil pointer, and one to raw null":   {struct{ A *json.RawMessage }{}, struct{ A *json.RawMessage }{new(json.RawMessage)}},
		"a nil pointer, and one to zero":       {(*big.Int)(nil), new(big.Int)},
		"nil and raw null":                     {json.RawMessage(nil), json.RawMessage("null")},
		"raw JSON with a space":                {json.RawMessage(`[1]`), json.RawMessage(`[1 ]`)},
		"the same in a struct":                 {wrapped{json.RawMessage(`{}`)}, wrapped{json.RawMessage(`{ }`)}},
		"the same in two structs":              {wrappedTwice{wrapped{json.RawMessage(`{}`)}}, wrappedTwice{wrapped{json.RawMessage(`{ }`)}}},
		"0 and -0":                             {0.0, negative},
		"0 and -0 with omitempty":              {optional{}, optional{Ratio: negative}},
		"0 and -0 with omitzero":               {optional{}, optional{Weight: float32(negative)}},
		"0 and -0 in a struct":                 {optional{}, optional{Box: struct{ Width float64 }{negative}}},
		"0 and -0 in an array":                 {optional{}, optional{Sides: [2]float64{0, negative}}},
		"what IsZero counts as zero":           {optional{}, optional{Share: -1}},
		"a zero time in another zone":          {optional{}, optional{Since: elsewhere}},
		"times in other zones":                 {day{utc}, day{utc.In(time.FixedZone("", 3600))}},
		"0 and an empty number":                {json.Number("0"), json.Number("")},
		"the same behind omitempty":            {above{struct{ Number json.Number }{"0"}}, above{}},
		"names in upper and lower case": {
			struct {
				A int `json:"a"`
				B int `json:"A"`
			}{A: 1}, struct {
				A int `json:"a"`
				B int `json:"A"`
			}{B: 1},
		},
		"bytes, of which one is no text":        {[]byte{0xff}, []byte{0xfe}},
		"a number that a float64 does not hold": {uint64(1 << 53), uint64(1<<53 + 1)},
		"a number that a float32 does not hold": {float32(16777216), float32(16777218)},
	} {
		first, err := jsonkey.Of(pair[0])
		if err != nil {
			t.Errorf("%s: the first has no key: %v", name, err)
		}
		second, err := jsonkey.Of(pair[1])
		if first == second {
			t.Errorf("%s: the key of both is %q", name, first)
		}
		if err != nil && !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	first, err := jsonkey.Of(&one)
	second, err2 := jsonkey.Of(&same)
	if first != second || err != nil || err2 != nil {
		t.Errorf("pointers to equal values: %q, %v; %q, %v", first, err, second, err2)
	}
}

// Values of types that have such values keep their keys.
func TestOfTakesTheOtherValues(t *testing.T) {
	full := optional{Ratio: 1, Weight: 2, Share: 3, Sides: [2]float64{4, 5}, Since: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
	full.Box.Width = 6
	for want, arg := range map[string]any{
		`[{"Ratio":1,"Weight":2,"Box":{"Width":6},"Share":3,"Since":"2026-01-02T00:00:00Z","Sides":[4,5]}]`: full,
		`["a"]`:              &maybe{"a"},
		`[null]`:             (*maybe)(nil),
		`[{"a":1,"b":2}]`:    map[folded]int{{'A'}: 1, {'b'}: 2},
		`[{"A":null}]`:       struct{ A json.RawMessage }{},
		`[{"A":["\u0061"]}]`: struct{ A json.RawMessage }{json.RawMessage(`["\u0061"]`)},
		`[{}]`:               wrapped{json.RawMessage(`{}`)},
		`[7]`:                big.NewInt(7),
	} {
		key, err := jsonkey.Of(arg)
		if key != want || err != nil {
			t.Errorf("got %q, %v; want %q", key, err, want)
		}
	}
}

func TestOfOne(t *testing.T) {
	if key, err := jsonkey.OfOne(point{1, 2}); key != `[{"X":1,"Y":2}]` || err != nil {
		t.Errorf("a struct: %q, %v", key, err)
	}
	if key, err := jsonkey.OfOne(math.NaN()); key != "" || !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("a value without JSON: %q, %v", key, err)
	}
	var shape json.Marshaler = selfMade{"a"}
	key, err := jsonkey.OfOne(shape)
	if key != "" || !errors.Is(err, ctxcache.ErrKey) || !strings.Contains(err.Error(), "json.Marshaler is an interface") {
		t.Errorf("an interface: %q, %v", key, err)
	}
	if key, err := jsonkey.OfOne[any](1); key != "" || !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("an empty interface: %q, %v", key, err)
	}
}
