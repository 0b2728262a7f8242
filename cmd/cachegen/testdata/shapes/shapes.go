// Package shapes has types of all kinds, for the checks whether JSON is faithful to them.
package shapes

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"time"
	"unsafe"
)

// All has a field of each type. The tags say what is right: whether values of the type make a key, and whether they
// are results that come back from JSON.
type All struct {
	Bool            bool                       `faithful:"key result"`
	Byte            byte                       `faithful:"key result"`
	Uintptr         uintptr                    `faithful:"key result"`
	Float           float32                    `faithful:"key result"`
	Complex         complex64                  `faithful:""`
	Text            string                     `faithful:"key result"`
	NamedText       text                       `faithful:"key result"`
	Unsafe          unsafe.Pointer             `faithful:""`
	Channel         chan int                   `faithful:""`
	Function        func()                     `faithful:""`
	NamedFunction   function                   `faithful:""`
	Pointer         **int                      `faithful:"result"`
	NamedPointer    pointer                    `faithful:"key result"`
	PointerToStruct *struct{ A int }           `faithful:"key result"`
	PointerToArray  *[2]int                    `faithful:"key result"`
	PointerToSlice  *[]string                  `faithful:"result"` // both nils have the same JSON
	PointerToMap    map[string]*map[string]int `faithful:"result"`
	PointerToRaw    *json.RawMessage           `faithful:"key result"` // a value that is null is refused
	Slice           [][]string                 `faithful:"key result"`
	Bytes           []byte                     `faithful:"key result"`
	Array           [2][0]int                  `faithful:"key result"`
	ArrayOfBad      [0]func()                  `faithful:""`
	Any             any                        `faithful:""`
	Stringer        fmt.Stringer               `faithful:""`
	Alias           alias                      `faithful:"key result"`
	AliasOfHidden   hiddenAlias                `faithful:""`
	GenericAlias    genericAlias[int]          `faithful:"key result"`
	Context         context.Context            `faithful:""`
	OwnContext      ownContext                 `faithful:""`
	WrappedContext  wrappedContext             `faithful:""`
	Struct          struct{ A, B int }         `faithful:"key result"`
	Empty           struct{}                   `faithful:"key result"`

	MapOfText       map[string]int              `faithful:"key result"`
	MapOfNumber     map[uintptr]int             `faithful:"key result"`
	MapOfFloat      map[float64]int             `faithful:""`
	MapOfBool       map[bool]int                `faithful:""`
	MapOfAny        map[any]int                 `faithful:""`
	MapOfArray      map[[1]string]int           `faithful:""`
	MapOfTime       map[time.Time]int           `faithful:"key result"`
	MapOfAddress    map[netip.Addr]int          `faithful:"key result"`
	MapOfOneWay     map[oneWayText]int          `faithful:"key"`
	MapOfOneWayInt  map[oneWayNumber]int        `faithful:"key"`
	MapOfMethod     map[methodOfPointer]int     `faithful:""`
	MapOfLookAlike  map[lookAlikeStruct]int     `faithful:""`
	MapOfPointers   map[*twoWays]int            `faithful:""`
	MapOfAddresses  map[*big.Int]int            `faithful:""`
	MapOfTwoWays    map[twoWays]int             `faithful:"key result"`
	MapToAny        map[string]any              `faithful:""`
	SliceOfErrors   []error                     `faithful:""`
	StructOfAny     struct{ A any }             `faithful:""`
	AnyPointer      *any                        `faithful:""`
	MapOfInterface  map[textual]int             `faithful:""`
	MapToBigInt     map[string]big.Int          `faithful:""` // a value in a map is not addressable
	MapToBigPointer map[string]*big.Int         `faithful:"key result"`
	MapToPointers   map[string]*methodOfPointer `faithful:"key result"`

	Time          time.Time              `faithful:"key result"`
	BigInt        big.Int                `faithful:"key result"`
	BigPointer    *big.Int               `faithful:"key result"`
	BigSlice      []big.Int              `faithful:"key result"`
	BigArray      [2]big.Int             `faithful:"key result"`
	Raw           json.RawMessage        `faithful:"key result"`
	Number        json.Number            `faithful:"key result"`
	OneWay        oneWay                 `faithful:"key"`
	OneWayPointer *oneWay                `faithful:"key"`
	OneWayText    oneWayText             `faithful:"key"`
	TwoWays       twoWays                `faithful:"key result"`
	OfPointer     methodOfPointer        `faithful:"key result"`
	LookAlike     lookAlike              `faithful:"key result"` // encoding/json does not call its methods
	LookAlikeBad  lookAlikeStruct        `faithful:""`
	HalfLookAlike halfLookAlike          `faithful:"key"`
	Marshaler     json.Marshaler         `faithful:""`
	BothWays      bothWays               `faithful:""` // JSON does not say which
	Textual       textual                `faithful:""`
	TextMarshaler encoding.TextMarshaler `faithful:""`
	Promoted      promoted               `faithful:""` // it has the methods of its embedded type

	PromotedAlone  promotedAlone     `faithful:"key result"`
	PromotedHidden promotedInterface `faithful:""`
	PromotedBelow  promotedBelow     `faithful:""`
	PromotedTwice  *promotedTwice    `faithful:""` // it has no methods, and no fields
	QuotedName     quotedName        `faithful:"result"`
	FormatOption   formatOption      `faithful:"result"`
	InlineOption   inlineOption      `faithful:"result"`
	OtherOption    otherOption       `faithful:"key result"`
	OmittedZeros   omittedZeros      `faithful:"key result"` // values that are left out though they are not zero are refused

	Hidden          hidden              `faithful:""`
	HiddenPointer   *hidden             `faithful:""`
	HiddenInside    map[string][]hidden `faithful:""`
	Blank           struct{ A, _ int }  `faithful:"key result"`
	LeftOut         leftOut             `faithful:""`
	Dash            dash                `faithful:"key result"`
	Omitted         omitted             `faithful:"key result"`
	OmittedSlice    omittedSlice        `faithful:"result"` // nil and an empty one have the same JSON
	OmittedMap      []omittedMap        `faithful:"result"`
	SameName        sameName            `faithful:""`
	SameNameBelow   sameNameBelow       `faithful:""`
	Renamed         renamed             `faithful:"key result"`
	Embedded        embedded            `faithful:"key result"`
	EmbeddedHidden  struct{ hidden }    `faithful:""`
	EmbeddedPointer struct{ *Open }     `faithful:""`
	EmbeddedNamed   struct {
		*Open `json:"open"`
	} `faithful:"key result"`
	EmbeddedText    struct{ text }      `faithful:""`
	EmbeddedOpen    struct{ Name }      `faithful:"key result"`
	EmbeddedAlias   struct{ OpenAlias } `faithful:"key result"`
	EmbeddedGeneric struct{ Box[int] }  `faithful:"key result"`
	EmbeddedAny     struct{ Anything }  `faithful:""`
	EmbeddedReader  struct {
		json.Marshaler
		A int
	} `faithful:""` // only the embedded value is in the JSON
	Generic       Box[[]Box[string]] `faithful:"key result"`
	GenericHidden Box[hidden]        `faithful:""`
	List          *list              `faithful:"key result"`
	Tree          tree[int]          `faithful:"key result"`
	TreeOfHidden  tree[hidden]       `faithful:""`
	Even          even[string]       `faithful:"key result"`
	Endless       endless            `faithful:"key result"`
	EndlessMap    endlessMap         `faithful:"key result"`
}

type (
	text                string
	function            func()
	pointer             *int
	alias               = []string
	hiddenAlias         = hidden
	genericAlias[T any] = map[string]Box[T]

	hidden  struct{ a int }
	leftOut struct {
		A int `json:"-"`
	}
	dash struct {
		A int `json:"-,"`
	}
	omitted struct {
		A int  `json:",omitempty"`
		B *int `json:"b,omitzero"`
		C int  `json:",string"`
	}
	omittedSlice struct {
		A json.RawMessage `json:",string,omitempty"`
	}
	omittedMap struct {
		A map[string]int `json:"a,omitempty"`
	}
	sameName struct {
		A int
		B int `json:"A"`
	}
	sameNameBelow struct {
		Open
		X string
	}
	renamed struct {
		Open
		Y string `json:"X2"`
	}
	embedded struct {
		inner
		B int
	}
	inner struct{ A int }

	// Open may be embedded by any struct.
	Open struct{ X int }
	// OpenAlias is Open.
	OpenAlias = Open
	// Name is not a struct.
	Name string
	// Anything is an interface.
	Anything any
	// Box is generic.
	Box[T any] struct{ Content T }

	list struct {
		Head int
		Tail *list
	}
	tree[T any] struct {
		Value       T
		Left, Right *tree[T]
		Forest      []tree[T]
	}
	even[T any] struct{ Odd *odd[T] }
	odd[T any]  struct {
		Value T
		Even  *even[T]
	}
	endless    []endless
	endlessMap map[string]endlessMap
)

type ownContext interface {
	context.Context
	User() string
}

type wrappedContext struct {
	context.Context
	User string
}

type oneWay struct{ a int }

func (oneWay) MarshalJSON() ([]byte, error) { return []byte("1"), nil }

type oneWayText struct{ a int }

func (oneWayText) MarshalText() ([]byte, error) { return []byte("1"), nil }

type oneWayNumber int

func (oneWayNumber) MarshalText() ([]byte, error) { return []byte("one"), nil }

type twoWays struct{ a int }

func (twoWays) MarshalText() ([]byte, error) { return []byte("1"), nil }
func (*twoWays) UnmarshalText([]byte) error  { return nil }

type methodOfPointer struct{ a int }

func (*methodOfPointer) MarshalJSON() ([]byte, error) { return []byte("1"), nil }
func (*methodOfPointer) UnmarshalJSON([]byte) error   { return nil }

// lookAlike has methods of the right names only.
type lookAlike struct{ A int }

func (lookAlike) MarshalText() string              { return "" }
func (*lookAlike) UnmarshalText(text string) error { return nil }

type lookAlikeStruct struct{ a int }

func (lookAlikeStruct) MarshalText(indent string) ([]byte, error) { return nil, nil }

type halfLookAlike struct{ a int }

func (halfLookAlike) MarshalText() ([]byte, error) { return nil, nil }
func (*halfLookAlike) UnmarshalText(string) error  { return nil }

type textual interface {
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}

type bothWays interface {
	json.Marshaler
	json.Unmarshaler
}

type promoted struct {
	time.Time
	hidden int
}

type promotedAlone struct{ time.Time }

type promotedInterface struct{ json.Marshaler }

type promotedBelow struct {
	promotedAlone
	Name string
}

type promotedTwice struct {
	time.Time
	big.Int
}

type quotedName struct {
	A int `json:"'a'"`
}

type formatOption struct {
	A time.Time `json:",format:'2006'"`
}

type inlineOption struct {
	A map[string]int `json:",inline"`
}

type otherOption struct {
	A int `json:"a,required"`
}

type omittedZeros struct {
	A float64   `json:",omitempty"`
	B time.Time `json:",omitzero"`
}
