package cached_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// sealed is a layer that hides which entries are negative, as encryption does. It opens only what has its own seal.
type sealed struct {
	ctxcache.Mapped[string, string, string, string]
}

func newSealed(inner ctxcache.Cache[string, string], seal string) *sealed {
	return &sealed{ctxcache.NewMapped(inner, ctxcache.Hooks[string, string, string, string]{
		About:  ctxcache.Description{Kind: "sealed"},
		Key:    func(key string) (string, error) { return key, nil },
		Encode: func(_, value string) (string, error) { return seal + "+" + value, nil },
		Decode: func(_, stored string) (string, error) {
			switch value, ours := strings.CutPrefix(stored, seal); {
			case !ours:
				return "", errors.New("unknown seal")
			case value == "-":
				return "", ctxcache.ErrNotFound
			default:
				return value[1:], nil
			}
		},
		EncodeNegative: func(string, ctxcache.Meta) (string, error) { return seal + "-", nil },
	})}
}

// During a rotation of secrets a process may delete what it cannot read.
func TestFuncDeleteOfAnEntryThatCannotBeRead(t *testing.T) {
	store := newMemory()
	f := cached.Func[string, string](newSealed(store, "old"), newOrigin().load, nil)
	for name, write := range map[string]func() error{
		"another secret": func() error { return newSealed(store, "new").Set(t.Context(), "k", "v", 0) },
		"damaged":        func() error { return store.Set(t.Context(), "k", "", 0) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
		if was, err := f.Delete(t.Context(), "k"); !was || err != nil {
			t.Errorf("%s: %v, %v; want true", name, was, err)
		}
		if has, err := store.Contains(t.Context(), "k"); has || err != nil {
			t.Errorf("%s: after Delete: %v, %v", name, has, err)
		}
	}
}

// looks is memory that cannot Remove, and whose looks fail with these errors.
type looks struct {
	store
	caps                           ctxcache.Cap // that it has not
	remove, contains, read, delete error
}

func (c *looks) Supports() ctxcache.Cap { return c.store.Supports() &^ c.caps }

func (c *looks) Remove(ctx context.Context, key string) (bool, error) {
	if c.remove != nil {
		return false, c.remove
	}
	return c.store.Remove(ctx, key)
}

func (c *looks) Contains(ctx context.Context, key string) (bool, error) {
	if c.contains != nil {
		return false, c.contains
	}
	return c.store.Contains(ctx, key)
}

func (c *looks) Get(ctx context.Context, key string) (string, error) {
	if c.read != nil {
		return "", c.read
	}
	return c.store.Get(ctx, key)
}

func (c *looks) Delete(ctx context.Context, key string) error {
	if c.delete != nil {
		return c.delete
	}
	return c.store.Delete(ctx, key)
}

func TestFuncDeleteWhateverTheFirstLookSays(t *testing.T) {
	const remove, contains = ctxcache.CapRemove, ctxcache.CapContains
	corrupt := ctxcache.Fail("test", ctxcache.OpGet, ctxcache.ErrCorrupt)
	down := errors.New("cache down")
	for name, test := range map[string]struct {
		cache    looks
		negative bool // the key has a negative entry, and otherwise a value
		was      bool
		want     error
	}{
		"Remove": {cache: looks{}, was: true},
		"Remove that is not supported all the same": {cache: looks{remove: errors.ErrUnsupported}, was: true},
		"Remove that fails":                         {cache: looks{remove: down}, want: down},
		"Contains":                                  {cache: looks{caps: remove}, was: true},
		"Contains of a negative entry":              {cache: looks{caps: remove}, negative: true},
		"Contains that is corrupt":                  {cache: looks{caps: remove, contains: corrupt}, was: true},
		"Contains that times out":                   {cache: looks{caps: remove, contains: ctxcache.ErrTimeout}, want: ctxcache.ErrTimeout},
		"Contains that is not supported":            {cache: looks{caps: remove, contains: errors.ErrUnsupported}, was: true},
		"Contains of a negative entry, unsupported": {
			cache: looks{caps: remove, contains: errors.ErrUnsupported}, negative: true,
		},
		"neither is supported, and the entry is corrupt": {
			cache: looks{caps: remove, contains: errors.ErrUnsupported, read: corrupt}, was: true,
		},
		"Get":                       {cache: looks{caps: remove | contains}, was: true},
		"Get that is corrupt":       {cache: looks{caps: remove | contains, read: corrupt}, was: true},
		"Get that times out":        {cache: looks{caps: remove | contains, read: ctxcache.ErrTimeout}, want: ctxcache.ErrTimeout},
		"corrupt, and Delete fails": {cache: looks{caps: remove, contains: corrupt, delete: down}, was: true, want: down},
	} {
		t.Run(name, func(t *testing.T) {
			test.cache.store = over(newMemory())
			e := ctxcache.NewEntry("v", 0)
			if test.negative {
				e = ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true}}
			}
			if err := test.cache.SetEntry(t.Context(), "k", e); err != nil {
				t.Fatal(err)
			}
			f := cached.Func[string, string](&test.cache, newOrigin().load, nil)
			if was, err := f.Delete(t.Context(), "k"); was != test.was || err != test.want {
				t.Errorf("Delete: %v, %v; want %v, %v", was, err, test.was, test.want)
			}
			// Unless the deletion itself failed, the key is gone, whatever the look said.
			if _, err := test.cache.store.Get(t.Context(), "k"); test.want != down && err != ctxcache.ErrMiss {
				t.Errorf("the key is still there: %v", err)
			}
		})
	}
}
