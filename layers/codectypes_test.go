package layers_test

import (
	"encoding/gob"
	"encoding/json"
	"strings"
	"time"
)

// The types of the rows.
type (
	plain struct {
		Name  string `json:"name"`
		Sizes map[string][]int
		Born  time.Time
		Next  *plain
	}
	unexported struct {
		Name   string
		secret string
	}
	embedsUnexported struct{ hidden }
	hidden           struct{ Name string }
	tagged           struct {
		Name string
		Temp string `json:"-"`
	}
	marked struct {
		_    [0]func()
		Name string
	}
	loose     struct{ Any any }
	Left      struct{ Name string }
	Right     struct{ Name string }
	sameNames struct {
		Left
		Right
	}
	base     struct{ ID string }
	shadowed struct {
		base
		ID string
	}
	embedsPointer struct {
		*Optional
		Name string
	}
	Optional struct {
		Note string `json:",omitempty"`
	}
	stamped struct {
		time.Time
		Name string
	}
	onlyTime  struct{ time.Time }
	calls_    struct{ Call func() }
	channels  struct{ Events chan int }
	complexes struct{ Value complex128 }
	noField   struct{ hidden int }
	omitting  struct {
		Tags []string          `json:",omitempty"`
		More map[string]string `json:",omitempty"`
	}
	listing struct {
		Tags []string
		More map[string]string
	}
	zeroing struct {
		Share percent `json:",omitzero"`
	}
	pointing struct {
		Limit *int
		Since *time.Time
	}
	pointingTwice struct{ Limit **int }
	pointingList  struct{ List *[]int }
	nullable      struct{ Maybe *maybe }
	numbers       struct{ Number json.Number }
	raws          struct{ Raw json.RawMessage }
	optionalRaw   struct {
		Raw json.RawMessage `json:",omitempty"`
	}
	tree struct{ Children []tree }
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

func (m *maybe) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	return json.Unmarshal(data, &m.Text)
}

// writer makes its own encodings, and reads none.
type writer struct{ Name string }

func (w writer) MarshalJSON() ([]byte, error) { return json.Marshal(w.Name) }
func (w writer) GobEncode() ([]byte, error)   { return []byte(w.Name), nil }

// folded has the same text in upper and lower case.
type folded string

// cased is a key that folded is a text of.
type cased struct{ Letter string }

func (c cased) MarshalText() ([]byte, error) { return []byte(strings.ToLower(c.Letter)), nil }

func (c *cased) UnmarshalText(text []byte) error {
	c.Letter = string(text)
	return nil
}

// UnmarshalText reads what MarshalText does not write for keys of maps.
func (f *folded) UnmarshalText(text []byte) error {
	*f = folded(strings.ToLower(string(text)))
	return nil
}

// registered and registeredByPointer are registered with gob in two ways.
type (
	registered          struct{ Name string }
	registeredByPointer struct{ Name string }
)

var (
	noon    = time.Date(2026, time.January, 2, 12, 0, 0, 0, time.UTC)
	zero    = 0
	noLimit *int
)

// nested returns a tree of this depth.
func nested(depth int) tree {
	var t tree
	for range depth {
		t = tree{[]tree{t}}
	}
	return t
}

// unexportedToo is registered with gob.
type unexportedToo struct {
	Name   string
	secret string
}

func registerGobs() {
	gob.Register(registered{})
	gob.Register(&registeredByPointer{})
	gob.Register(unexportedToo{})
}

// UnmarshalJSON makes explosive a type that reads what it writes.
func (e *explosive) UnmarshalJSON([]byte) error { return nil }
