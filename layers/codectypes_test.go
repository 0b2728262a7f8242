package layers_test

import (
	"encoding/gob"
	"encoding/json"
	"strconv"
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
	raws          struct {
		Raw json.RawMessage
		Ptr *json.RawMessage
	}
	optionalRaw struct {
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

// lenient reads itself, and writes its fields. It has a default that an absent member stands for.
type lenient struct {
	Name  string
	Limit int `json:",omitempty"`
}

func (l *lenient) UnmarshalJSON(data []byte) error {
	type fields lenient
	l.Limit = 10
	return json.Unmarshal(data, (*fields)(l))
}

// readsText is written as an object, and reads a text.
type readsText struct{ Name string }

func (r *readsText) UnmarshalText(text []byte) error {
	r.Name = string(text)
	return nil
}

// byPointer writes and reads itself by methods of its pointer.
type byPointer struct{ Name string }

func (p *byPointer) MarshalJSON() ([]byte, error)    { return json.Marshal(p.Name) }
func (p *byPointer) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &p.Name) }

// halfOwn writes itself, and has the methods that read it from the embedded time alone.
type halfOwn struct {
	time.Time
	Name string
}

func (h halfOwn) MarshalJSON() ([]byte, error) { return json.Marshal(h.Name) }
func (h halfOwn) GobEncode() ([]byte, error)   { return []byte(h.Name), nil }

// dated writes a form of a time that the method of the embedded time does not read.
type dated struct{ time.Time }

func (d dated) MarshalJSON() ([]byte, error) { return json.Marshal(d.Format(time.DateOnly)) }

// loudly reads another JSON than the text that it writes.
type loudly struct{ Name string }

func (l loudly) MarshalText() ([]byte, error) { return []byte(l.Name), nil }

func (l *loudly) UnmarshalJSON(data []byte) error {
	err := json.Unmarshal(data, &l.Name)
	l.Name = strings.ToUpper(l.Name)
	return err
}

// level is a key that is written as a number and read by a method.
type level int

func (l *level) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	*l = level(min(n, 9))
	return err
}

// registered and registeredByPointer are registered with gob in two ways.
type (
	registered          struct{ Name string }
	registeredByPointer struct{ Name string }
)

var (
	noon    = time.Date(2026, time.January, 2, 12, 0, 0, 0, time.UTC)
	zero    = 0
	one     = 1
	spaced  = json.RawMessage(`{"a": 1}`)
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
