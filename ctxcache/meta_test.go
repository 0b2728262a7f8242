package ctxcache_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// fullMeta returns a Meta in which no field is zero.
func fullMeta(t *testing.T) ctxcache.Meta {
	t.Helper()
	var m ctxcache.Meta
	v := reflect.ValueOf(&m).Elem()
	for i := range v.NumField() {
		switch field := v.Field(i); field.Interface().(type) {
		case bool:
			field.SetBool(true)
		case time.Duration:
			field.SetInt(int64(time.Hour) - int64(i))
		case time.Time:
			field.Set(reflect.ValueOf(time.Unix(int64(i), 0)))
		default:
			t.Fatalf("Meta has a field %s, of a type that this test does not know", v.Type().Field(i).Name)
		}
	}
	m.TTL, m.Absent = ctxcache.NoExpiry, false
	return m
}

// A copy of Meta shares nothing. A time.Time has a pointer, to a location that nobody can modify.
func TestMetaSharesNothing(t *testing.T) {
	typ := reflect.TypeFor[ctxcache.Meta]()
	for field := range typ.Fields() {
		switch field.Type.Kind() {
		case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface, reflect.Chan, reflect.Func:
			t.Errorf("%s is a %v", field.Name, field.Type)
		case reflect.Struct:
			if field.Type != reflect.TypeFor[time.Time]() {
				t.Errorf("%s is a %v", field.Name, field.Type)
			}
		}
	}
}

// keeper keeps entries as they are: every field of Meta.
type keeper map[string]ctxcache.Entry[string]

func (k keeper) Get(_ context.Context, key string) (string, error) { return k[key].Value, nil }
func (k keeper) Set(_ context.Context, key, value string, ttl time.Duration) error {
	k[key] = ctxcache.NewEntry(value, ttl)
	return nil
}
func (k keeper) Delete(_ context.Context, key string) error { delete(k, key); return nil }
func (k keeper) GetEntry(_ context.Context, key string) (ctxcache.Entry[string], error) {
	return k[key], nil
}

func (k keeper) SetEntry(_ context.Context, key string, e ctxcache.Entry[string]) error {
	k[key] = e
	return nil
}

func (k keeper) GetLease(_ context.Context, key string, _ time.Duration) (ctxcache.Entry[string], ctxcache.Lease, error) {
	return k[key], ctxcache.NewLease(key), nil
}

func (k keeper) GetLeases(
	ctx context.Context, keys []string, _ time.Duration,
) (map[string]ctxcache.Entry[string], map[string]ctxcache.Lease, error) {
	found, err := ctxcache.GetEntries(ctx, ctxcache.Cache[string, string](k), keys)
	return found, nil, err
}

func (k keeper) Fill(ctx context.Context, key string, _ ctxcache.Lease, e ctxcache.Entry[string]) error {
	return k.SetEntry(ctx, key, e)
}

func (k keeper) FillMany(ctx context.Context, entries map[string]ctxcache.Entry[string], _ map[string]ctxcache.Lease) error {
	return ctxcache.SetEntries(ctx, ctxcache.Cache[string, string](k), entries)
}
func (k keeper) Release(context.Context, string, ctxcache.Lease) error        { return nil }
func (k keeper) ReleaseMany(context.Context, map[string]ctxcache.Lease) error { return nil }
func (k keeper) Drop(_ context.Context, key string, _ ctxcache.Lease) error {
	delete(k, key)
	return nil
}

// No base loses a field of Meta, whichever way an entry is written or read.
func TestBasesPassMetaOnAsAWhole(t *testing.T) {
	ctx := t.Context()
	about := ctxcache.Description{Kind: "test"}
	want := ctxcache.Entry[string]{Value: "v", Meta: fullMeta(t)}
	bases := map[string]func(ctxcache.Cache[string, string]) ctxcache.Cache[string, string]{
		"Forward": func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
			f := ctxcache.NewForward(c, about)
			return &f
		},
		"Observed": func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
			o := ctxcache.NewObserved(c, about, ctxcache.Observer[string, struct{}](ledger{}))
			return &o
		},
		"Mapped": func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
			m := ctxcache.NewMapped(c, ctxcache.Hooks[string, string, string, string]{
				About:  about,
				Key:    func(key string) (string, error) { return "p:" + key, nil },
				Encode: func(_, v string) (string, error) { return v + "!", nil },
				Decode: func(_, v string) (string, error) { return v[:len(v)-1], nil },
				Meta:   func(m ctxcache.Meta) (ctxcache.Meta, error) { return m, nil },
			})
			return &m
		},
	}
	for name, base := range bases {
		for way, write := range map[string]func(c ctxcache.Cache[string, string]) error{
			"SetEntry": func(c ctxcache.Cache[string, string]) error { return ctxcache.SetEntry(ctx, c, "k", want) },
			"SetEntries": func(c ctxcache.Cache[string, string]) error {
				return ctxcache.SetEntries(ctx, c, map[string]ctxcache.Entry[string]{"k": want})
			},
			"Fill": func(c ctxcache.Cache[string, string]) error {
				return ctxcache.Fill(ctx, c, "k", ctxcache.NewLease("k"), want)
			},
			"FillMany": func(c ctxcache.Cache[string, string]) error {
				return ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[string]{"k": want}, nil)
			},
		} {
			c := base(keeper{})
			if err := write(c); err != nil {
				t.Fatalf("%s %s: %v", name, way, err)
			}
			if got, err := ctxcache.GetEntry(ctx, c, "k"); got != want || err != nil {
				t.Errorf("%s: GetEntry after %s: %+v, %v", name, way, got, err)
			}
			if got, err := ctxcache.GetEntries(ctx, c, []string{"k"}); got["k"] != want || err != nil {
				t.Errorf("%s: GetEntries after %s: %+v, %v", name, way, got, err)
			}
			if got, _, err := ctxcache.GetLease(ctx, c, "k", 0); got != want || err != nil {
				t.Errorf("%s: GetLease after %s: %+v, %v", name, way, got, err)
			}
			if got, _, err := ctxcache.GetLeases(ctx, c, []string{"k"}, 0); got["k"] != want || err != nil {
				t.Errorf("%s: GetLeases after %s: %+v, %v", name, way, got, err)
			}
		}
	}
}

// forgetful is a cache that does not set Absent beside ErrNotFound.
type forgetful struct{ keeper }

func (forgetful) GetEntry(context.Context, string) (ctxcache.Entry[string], error) {
	return ctxcache.NewEntry("a leftover", time.Minute), ctxcache.ErrNotFound
}

func (forgetful) GetLease(context.Context, string, time.Duration) (ctxcache.Entry[string], ctxcache.Lease, error) {
	return ctxcache.NewEntry("a leftover", time.Minute), ctxcache.Lease{}, ctxcache.ErrNotFound
}

func TestAnEntryBesideErrNotFoundIsNegative(t *testing.T) {
	ctx := t.Context()
	forward := ctxcache.NewForward(ctxcache.Cache[string, string](forgetful{}), ctxcache.Description{Kind: "test"})
	want := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}
	for name, c := range map[string]ctxcache.Cache[string, string]{"the function": forgetful{}, "a base": &forward} {
		if e, err := ctxcache.GetEntry(ctx, c, "k"); e != want || err != ctxcache.ErrNotFound {
			t.Errorf("%s: GetEntry: %+v, %v", name, e, err)
		}
		if e, _, err := ctxcache.GetLease(ctx, c, "k", 0); e != want || err != ctxcache.ErrNotFound {
			t.Errorf("%s: GetLease: %+v, %v", name, e, err)
		}
	}
}
