package jsonkey_test

import (
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/jsonkey"
)

type point struct{ X, Y int }

type inner struct{ Y int }

type hidden struct{ secret int }

type left struct {
	A int
	B int `json:"-"`
}

type twice struct {
	inner
	Y string
}

type list struct {
	Value int
	Next  *list
}

func TestOf(t *testing.T) {
	two := 2
	for want, args := range map[string][]any{
		`[]`:                             {},
		`[1,"a"]`:                        {1, "a"},
		`[null,true,-1,2,3,4,5.5]`:       {nil, true, int32(-1), int64(2), uint64(3), uint8(4), 5.5},
		`["<é>\"\\\n"]`:                  {"<é>\"\\\n"},
		`["` + "\ufffd" + `","\\ufffd"]`: {"\ufffd", `\ufffd`},
		`[{"X":1,"Y":2},{"a":1,"b":2}]`:  {point{1, 2}, map[string]int{"b": 2, "a": 1}},
		`[2,null,[{"A":1,"B":2}]]`:       {&two, (*int)(nil), []struct{ A, B int }{{1, 2}}},
		`["2026-01-02T00:00:00Z"]`:       {time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
		`["::1",12]`:                     {netip.IPv6Loopback(), *big.NewInt(12)},
		`["YWI="]`:                       {[]byte("ab")},
		`[0,{"Required":1}]`:             {json.Number("0"), numbers{Required: "1"}},
		`[{"tags":null},{"tags":[]}]`:    {zeroed{}, zeroed{Tags: []int{}}},
		`[{"Y":3,"Z":[1,2]}]`: {struct {
			inner
			Z [2]int
			_ int
		}{inner{3}, [2]int{1, 2}, 4}},
		`[{"Value":1,"Next":null}]`: {list{Value: 1}},
	} {
		key, err := jsonkey.Of(args...)
		if key != want || err != nil {
			t.Errorf("got %q, %v; want %q", key, err, want)
		}
	}
}

func TestOfRefuses(t *testing.T) {
	cycle := &list{}
	cycle.Next = cycle
	for reason, arg := range map[string]any{
		"chan int has no JSON":                             make(chan int),
		"func() has no JSON":                               func() {},
		"complex128 has no JSON":                           1i,
		"map[jsonkey_test.point]int has no JSON":           map[point]int{},
		"field secret of jsonkey_test.hidden":              []hidden{{1}},
		"not exported":                                     map[string]hidden{},
		"leaves out field B of jsonkey_test.left":          &left{},
		`two are called "Y"`:                               twice{},
		"field neg of big.Int":                             map[string]big.Int{}, // not addressable: (*Int).MarshalJSON is not called
		"embedded *jsonkey_test.Public":                    struct{ *Public }{},
		"whether field Tags of jsonkey_test.tagged is nil": tagged{},
		"field L of struct": []struct {
			L map[int]int `json:",omitempty"`
		}{},
		"it has a map with two keys that have the same text":                  []map[folded]int{{{'a'}: 1, {'A'}: 2}},
		"it has an empty json.Number":                                         json.Number(""),
		"argument 2: it has an empty json.Number":                             map[string][]*struct{ numbers }{"a": {{}}},
		"it has no JSON":                                                      math.NaN(),
		"argument 2: it has no JSON":                                          cycle,
		"it has a string that is not valid UTF-8":                             "\xff",
		"argument 2: it has a string that is not valid UTF":                   map[string]string{`\`: "\\\xff"},
		"field s of errors.errorString":                                       errors.New("x"),
		"context.backgroundCtx is a context":                                  context.Background(),
		"interface {} is an interface, and JSON does not":                     []any{1},
		"error is an interface":                                               struct{ Err error }{},
		"json.Marshaler is an interface":                                      map[string]json.Marshaler{},
		"encoding.TextMarshaler is an interface":                              map[encoding.TextMarshaler]int{},
		"fmt.Stringer is an interface":                                        &[1]struct{ Next []*fmt.Stringer }{},
		"whether a **int is nil or points to nil":                             new(*int),
		"whether a *[]int is nil or points to nil":                            struct{ A *[]int }{},
		"whether a *map[string]int is nil or points":                          new(map[string]int),
		"the JSON of jsonkey_test.event may be the JSON of its embedded time": event{},
		"does not use the methods of its embedded time.Time":                  &bothTimes{},
		"which pointers are the keys of map[*big.Int]int":                     map[*big.Int]int{},
		`has a name with '\''`: struct {
			A int `json:"'a'"`
		}{},
		"has the option format, which may change its JSON": struct {
			A time.Time `json:",format:'2006'"`
		}{},
		"has the option inline, which may change its JSON": struct {
			A map[string]int `json:",inline"`
		}{},
	} {
		key, err := jsonkey.Of(1, arg)
		if !errors.Is(err, ctxcache.ErrKey) || key != "" {
			t.Errorf("%T: %q, %v", arg, key, err)
		} else if !strings.Contains(err.Error(), reason) {
			t.Errorf("%T: the error is %q, want %q in it", arg, err, reason)
		}
	}
}

// tagged has a field whose absence has two meanings.
type tagged struct {
	Tags []int `json:"tags,omitempty"`
}

// zeroed has fields whose absence has one meaning.
type zeroed struct {
	Tags []int  `json:"tags"`
	More []int  `json:"more,omitzero"`
	Name string `json:"name,omitempty"`
	None [0]int `json:"none,omitempty"`
}

// event has the methods of its time, which do not know its name.
type event struct {
	time.Time
	Name string
}

// bothTimes has two embedded structs with the same methods, so it has neither's.
type bothTimes struct {
	time.Time
	big.Int
}

type numbers struct {
	Required json.Number
	Optional json.Number `json:",omitempty"`
	Default  json.Number `json:",omitzero"`
}

// Public is embedded in a struct.
type Public struct{ A int }

// FuzzOf: different strings have different keys, which are JSON for them.
func FuzzOf(f *testing.F) {
	f.Add("a", "b")
	f.Add("\xff", "\ufffd")
	f.Add(`\ufffd`, "\x00\x7f\u2028<")
	f.Fuzz(func(t *testing.T, a, b string) {
		key, err := jsonkey.Of(a, b)
		if err != nil {
			if !errors.Is(err, ctxcache.ErrKey) || strings.ToValidUTF8(a+"|"+b, "") == a+"|"+b {
				t.Fatalf("%q, %q: %v", a, b, err)
			}
			return
		}
		var back []string
		if err := json.Unmarshal([]byte(key), &back); err != nil || fmt.Sprint(back) != fmt.Sprint([]string{a, b}) {
			t.Fatalf("%q is not the JSON of %q, %q: %v", key, a, b, err)
		}
	})
}
