// Package refused has interfaces that cachegen refuses, or accepts only with some flags. It compiles.
package refused

import (
	"cmp"
	"context"
	"io"
	"iter"
	"math/big"

	"github.com/ctxcache/cached/cmd/cachegen/testdata/refused/other"
)

type Struct struct{ hidden int }

type Constraint interface{ ~int | ~string }

type Shapes interface {
	NoContext(id int) (int, error)
	LateContext(id int, ctx context.Context) (int, error)
	NoError(ctx context.Context) int
	TwoResults(ctx context.Context) (int, int, error)
	Nothing(ctx context.Context)
}

type Keys interface {
	Channel(ctx context.Context, c chan int) (int, error)
	TwoContexts(first, second context.Context) (int, error)
	Callback(ctx context.Context, id int, call ...func()) (int, error)
	Complex(ctx context.Context, c map[string][]complex64) (int, error)
	Hidden(ctx context.Context, s *Struct) (int, error)
	Left(ctx context.Context, s struct {
		ID int `json:"-"`
	}) (int, error)
	MapKey(ctx context.Context, m map[Struct]int) (int, error)
	Inside(ctx context.Context, m map[string]big.Int) (int, error)
	Fine(ctx context.Context, n big.Int, p *big.Int, m map[string]*big.Int, c Struct2) (*big.Int, error)
}

type Interfaces interface {
	Any(ctx context.Context, a any) (int, error)
	Reader(ctx context.Context, id int, readers ...io.Reader) (int, error)
	Field(ctx context.Context, f struct{ E error }) (int, error)
	Behind(ctx context.Context, b *[]map[string][1]any) (int, error)
	MapKey(ctx context.Context, m map[interface{ MarshalText() ([]byte, error) }]int) (int, error)
	Marshaler(ctx context.Context, j interface{ MarshalJSON() ([]byte, error) }) (int, error)
	Indirect(ctx context.Context, p **int) (int, error)
	Promoted(ctx context.Context, p Promoted) (int, error)
	Unnamed(context.Context, string, any) (int, error)
	URLOf(ctx context.Context, site any) (int, error)
	find(ctx context.Context, by io.Reader, more ...any) (int, error)
}

type Promoted struct {
	big.Int
	Name string
}

type Parameters[K comparable, S ~[]any, N ~int | ~string, P ~*int | ~[]int, M interface{ String() string }] interface {
	Key(ctx context.Context, key K) (int, error)
	Slice(ctx context.Context, s S) (int, error)
	Number(ctx context.Context, numbers []map[N]*N) (int, error)
	Behind(ctx context.Context, b map[string]struct{ Key K }) (int, error)
	MapKey(ctx context.Context, mk map[K]int) (int, error)
	Pointer(ctx context.Context, p *P) (int, error)
	Field(ctx context.Context, f struct {
		P P `json:",omitempty"`
	}) (int, error)
	Stringer(ctx context.Context, m M) (int, error)
}

func anyKey(context.Context, any) (string, error) { return "", nil }

func readerKey(_ context.Context, _ int, readers []io.Reader) (string, error) { return "", nil }

func fieldKey(_ context.Context, f struct{ E error }) string { return "" }

func ctx(context.Context, **int) (string, error) { return "", nil }

func unnamedKey(_ context.Context, id string, a2 any) (string, error) { return id, nil }

func genericKey[T any](context.Context, T) (string, error) { return "", nil }

func parametersKey[K comparable, S ~[]any, N ~int | ~string, P ~*int | ~[]int, M interface{ String() string }](context.Context, K) (string, error) {
	return "", nil
}

func orderedKey[K cmp.Ordered, S, N, P, M any](context.Context, K) (string, error) { return "", nil }

var variableKey = anyKey

type More interface {
	Embedded(ctx context.Context, e struct{ *Struct2 }) (int, error)
	Twice(ctx context.Context, t Twice) (int, error)
	Nested(ctx context.Context, n Nested) (int, error)
	Fine(ctx context.Context, p Plain, at [2]map[Name]*Plain) (map[Name]struct{ Plain }, error)
}

type Twice struct {
	Struct2
	X string
}

type Nested struct{ Struct }

type Plain struct {
	Struct2 `json:"s"`
	_       int
	Next    *Plain
}

type Name string

type Struct2 struct{ X, Y int }

type Results interface {
	Sequence(ctx context.Context) (iter.Seq[int], error)
	Changes(ctx context.Context) (<-chan string, error)
	Reader(ctx context.Context) (io.Reader, error)
	Hidden(ctx context.Context) ([]Struct, error)
	OneWay(ctx context.Context) (OneWay, error)
}

type OneWay int

func (OneWay) MarshalText() ([]byte, error) { return nil, nil }

type Foreign interface {
	other.Finder
	Deep(ctx context.Context) (other.Deep, error)
}

type Taken interface {
	Get(ctx context.Context) (int, error)
	DeleteGet() error
	DeleteCachedGet() error
}

// Neighbours has methods with the names of generated ones, and parameters with the names of generated types.
type Neighbours interface {
	Quota(ctx context.Context, cachedNeighboursQuotaArgs, CachedNeighbours, value int) (int, error)
	SetQuota(ctx context.Context, quota int) error
	RefreshQuota() error
	limit(ctx context.Context, cachedNeighboursLimitArgs int) (int, error)
	deleteLimit() error
}

type Self interface {
	Self(ctx context.Context) (int, error)
	Get(ctx context.Context) (int, error)
}

type Twins interface {
	Get(ctx context.Context) (int, error)
	get(ctx context.Context) (int, error)
}

type Declared interface {
	Get(ctx context.Context) (int, error)
}

type CachedDeclared struct{}

type Shadowed interface {
	Get(ctx context.Context) (map[string]opts, error)
}

type opts struct{ A int }

type Taking interface {
	Get(ctx context.Context, a opts, nil int) (int, error)
}

type Appended interface {
	Get(ctx context.Context, all ...int) (int, error)
}

func append() {}

type Nameless[_ any] interface {
	Get(ctx context.Context) (int, error)
}

type Parameter[inner any] interface {
	Get(ctx context.Context) (inner, error)
}

// unusual uses all that is not exported.
func unusual(t Twins, s Struct) any { _ = t.get; return s.hidden }

var _, _, _, _, _, _, _, _ = unusual, append, readerKey, fieldKey, ctx, genericKey[int], variableKey, unnamedKey

var _, _ = parametersKey[int, []any, int, *int, interface{ String() string }], orderedKey[int, int, int, int, int]
