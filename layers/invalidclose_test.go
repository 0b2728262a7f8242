package layers_test

import (
	"io"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
	"github.com/ctxcache/cached/layers/guarded"
)

// closable counts how often it is closed.
type closable struct {
	ctxcache.Forward[string, string]
	closed int
}

func (c *closable) Close() error {
	c.closed++
	return nil
}

// The options of a layer make no sense. The stack under it is closed all the same.
func TestCloseAllThroughAnInvalidLayer(t *testing.T) {
	for name, build := range map[string]func(inner ctxcache.Cache[string, string]) ctxcache.Node{
		"encoded": func(inner ctxcache.Cache[string, string]) ctxcache.Node {
			return ctxcache.NodeOf(layers.Encoded(layers.Base85(inner), validating{other: layers.JSON[chan int]{}}, nil))
		},
		"expiring": func(inner ctxcache.Cache[string, string]) ctxcache.Node {
			return ctxcache.NodeOf(layers.Expiring(inner, layers.Expiry{Jitter: -1}))
		},
		"guarded": func(inner ctxcache.Cache[string, string]) ctxcache.Node {
			return ctxcache.NodeOf(guarded.New(inner, &guarded.Options{MaxConcurrent: -1}))
		},
		"encrypted": func(inner ctxcache.Cache[string, string]) ctxcache.Node {
			return ctxcache.NodeOf(encrypted.New(layers.Base85(inner), encrypted.Secret{}, nil))
		},
		"recorded": func(inner ctxcache.Cache[string, string]) ctxcache.Node {
			c := layers.Recorded(inner, io.Discard, &layers.RecordedOptions{Sample: -1})
			return ctxcache.NodeOf[string, string](c)
		},
	} {
		inner := &closable{Forward: ctxcache.NewForward(newMemory[string](), ctxcache.Description{Kind: "closable"})}
		node := build(inner)
		if warnings, err := ctxcache.Check(t.Context(), node); len(warnings) == 0 || err != nil {
			t.Errorf("%s: its options are valid: %v, %v", name, warnings, err)
		}
		if err := ctxcache.CloseAll(t.Context(), node); err != nil {
			t.Errorf("%s: CloseAll: %v", name, err)
		}
		if inner.closed != 1 {
			t.Errorf("%s: the inner cache was closed %d times", name, inner.closed)
		}
	}
}
