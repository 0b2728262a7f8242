package twolevel_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestUnhashableKeys checks that calls for many keys return ErrKey for a key that cannot be hashed, as other calls do.
func TestUnhashableKeys(t *testing.T) {
	type anyCache = ctxcache.Cache[any, int]
	keys := []any{"k", []int{1}}
	open := func() anyCache { return memory.New[any, int](nil) }
	coherent := twolevel.New(open(), open(), &twolevel.Options{Coherent: true})
	t.Cleanup(func() {
		if err := ctxcache.Close(coherent); err != nil {
			t.Error(err)
		}
	})
	deaf := twolevel.New(open(), &deafAny{ctxcache.NewForward(open(), ctxcache.Description{Kind: "deaf"})}, &twolevel.Options{Coherent: true})
	t.Cleanup(func() {
		if err := ctxcache.Close(deaf); err != nil {
			t.Error(err)
		}
	})
	for name, c := range map[string]anyCache{
		"plain":    twolevel.New(open(), open(), nil),
		"coherent": coherent,
		"deaf":     deaf,
	} {
		for op, call := range map[string]func() error{
			"GetEntries": func() error { _, err := ctxcache.GetEntries(t.Context(), c, keys); return err },
			"GetLeases":  func() error { _, _, err := ctxcache.GetLeases(t.Context(), c, keys, 0); return err },
			"DeleteMany": func() error { return ctxcache.DeleteMany(t.Context(), c, keys) },
		} {
			t.Run(name+"/"+op, func(t *testing.T) {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("panic: %v", r)
					}
				}()
				if err := call(); !errors.Is(err, ctxcache.ErrKey) {
					t.Errorf("%v, want ErrKey", err)
				}
			})
		}
	}
}

// deafAny is a far that cannot be watched now.
type deafAny struct{ ctxcache.Forward[any, int] }

func (*deafAny) Watch(ctx context.Context, _ func(ctxcache.Event)) error {
	<-ctx.Done()
	return ctx.Err()
}
