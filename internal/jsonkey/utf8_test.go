package jsonkey_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/jsonkey"
)

// selfMade makes its JSON of a field that others do not see.
type selfMade struct{ name string }

func (s selfMade) MarshalJSON() ([]byte, error) { return json.Marshal(s.name) }

// rawBytes makes a JSON string of its bytes.
type rawBytes []byte

func (b rawBytes) MarshalJSON() ([]byte, error) { return json.Marshal(string(b)) }

// byPointer makes its JSON by a method of its pointer.
type byPointer struct{ name string }

func (p *byPointer) MarshalJSON() ([]byte, error) { return json.Marshal(p.name) }

// word marshals itself as text.
type word []byte

func (w word) MarshalText() ([]byte, error) { return w, nil }

// idWord is a key of maps.
type idWord [1]byte

func (w idWord) MarshalText() ([]byte, error) { return w[:], nil }

// id has bytes that are not text, and JSON that is.
type id [2]byte

func (i id) MarshalText() ([]byte, error) { return []byte(strings.Repeat("i", int(i[0]&3))), nil }

// title is a string with a method, which does not count in the keys of maps by default, and does with
// GOEXPERIMENT=jsonv2.
type title string

func (t title) MarshalText() ([]byte, error) { return []byte(t), nil }

// label is a string without methods.
type label string

type person struct {
	Name string
	ID   id
	Self selfMade
	Next *person
}

type dated struct {
	A string
	B time.Time
}

type embedded struct{ inner2 }

type inner2 struct{ Text string }

// Whichever encoding/json it is (GOEXPERIMENT=jsonv2 builds another one), what is not valid UTF-8 is refused: it would
// become U+FFFD, and different arguments would share a key.
func TestOfRefusesInvalidUTF8(t *testing.T) {
	const bad = "\xff"
	for name, arg := range map[string]any{
		"a string":                    bad,
		"beside a genuine U+FFFD":     "\ufffd" + bad,
		"after a backslash":           `\` + bad,
		"a named string":              label(bad),
		"in a slice":                  []string{"\ufffd", bad},
		"in an array":                 [2]string{"", bad},
		"a key of a map":              map[string]int{bad: 1},
		"a key of a map with methods": map[title]int{bad: 1},
		"a text key of a map":         map[idWord]int{{0xff}: 1},
		"a value of a map":            map[string]string{"": bad},
		"in a field":                  person{Name: bad},
		"behind pointers":             &person{Next: &person{Name: bad}},
		"in an embedded struct":       embedded{inner2{bad}},
		"made by MarshalJSON":         selfMade{bad},
		"made by a pointer's":         &byPointer{bad},
		"addressable":                 byPointer{bad},
		"made of bytes":               rawBytes(bad),
		"made by MarshalText":         word(bad),
		"in a field that makes JSON":  person{Self: selfMade{bad}},
		"raw JSON":                    json.RawMessage(`"` + bad + `"`),
	} {
		key, err := jsonkey.Of(arg)
		if !errors.Is(err, ctxcache.ErrKey) || key != "" {
			t.Errorf("%s: %q, %v", name, key, err)
		} else if strings.Contains(err.Error(), bad) {
			t.Errorf("%s: the error quotes it: %q", name, err)
		}
	}
}

// A genuine U+FFFD is a character like others, and bytes are not strings.
func TestOfTakesReplacementCharacters(t *testing.T) {
	const good = "\ufffd"
	text := good
	for want, arg := range map[string]any{
		`["` + good + `"]`:         good,
		`[["` + good + `","x"]]`:   []string{good, "x"},
		`[{"` + good + `":1}]`:     map[title]int{good: 1},
		`[{"` + good + `":2}]`:     map[string]int{good: 2},
		`["` + good + ` made"]`:    selfMade{good + " made"},
		`["` + good + ` pointer"]`: &byPointer{good + " pointer"},
		`["` + good + ` bytes"]`:   rawBytes(good + " bytes"),
		`["` + good + ` text"]`:    word(good + " text"),
		`[["` + good + `",null]]`:  []*string{&text, nil},
		`[{"A":"` + good + `","B":"/w=="}]`: struct {
			A string
			B []byte
		}{good, []byte{0xff}},
		`[{"A":"` + good + `","B":"2026-01-02T00:00:00Z"}]`:         dated{good, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
		`[["::1%` + good + `"]]`:                                    []netip.Addr{netip.MustParseAddr("::1%" + good)},
		`[{"Name":"` + good + `","ID":"ii","Self":"","Next":null}]`: person{Name: good, ID: id{0xfe, 0xff}},
	} {
		key, err := jsonkey.Of(arg)
		if key != want || err != nil {
			t.Errorf("got %q, %v; want %q", key, err, want)
		}
	}
}

// Different arguments of every shape have different keys.
func FuzzOfShapes(f *testing.F) {
	f.Add("a", "b")
	f.Add("\xff", "\xfe")
	f.Add("\ufffd", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		for name, shape := range map[string]func(string) any{
			"slice":    func(s string) any { return []string{s} },
			"map key":  func(s string) any { return map[string]bool{s: true} },
			"struct":   func(s string) any { return person{Name: s} },
			"own JSON": func(s string) any { return selfMade{s} },
			"pointer":  func(s string) any { return &byPointer{s} },
			"bytes":    func(s string) any { return rawBytes(s) },
			"text":     func(s string) any { return word(s) },
		} {
			first, err := jsonkey.Of(shape(a))
			second, err2 := jsonkey.Of(shape(b))
			if err == nil && err2 == nil && a != b && first == second {
				t.Errorf("%s: %q and %q share the key %q", name, a, b, first)
			}
		}
	})
}
