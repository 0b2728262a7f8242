package layers_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

type (
	keptWhole struct {
		Name  string
		Born  time.Time
		Sizes map[string][]int
		Next  *keptWhole
		Sum   *big.Int
	}
	hiding struct {
		Name   string
		secret string
	}
	tagged struct {
		Name string
		Temp string `json:"-"`
	}
	deep  struct{ Members map[string][]*hiding }
	loose struct{ Any any }
	inner struct{ Name string }
	outer struct{ inner }
)

func TestCheckFindsLossyCodecs(t *testing.T) {
	_ = hiding{secret: ""} // it exists to be lost
	for name, c := range map[string]struct {
		node ctxcache.Node
		want string
	}{
		"kept":                {coded[keptWhole](layers.JSON[keptWhole]{}), ""},
		"text":                {coded[string](layers.JSON[string]{}), ""},
		"embedded":            {coded[outer](layers.JSON[outer]{}), ""},
		"unexported":          {coded[hiding](layers.JSON[hiding]{}), "secret"},
		"unexported, deep":    {coded[deep](layers.JSON[deep]{}), "secret"},
		"left out by its tag": {coded[tagged](layers.JSON[tagged]{}), "Temp"},
		"any":                 {coded[loose](layers.JSON[loose]{}), "interface"},
		"kept by gob":         {coded[keptWhole](layers.Gob[keptWhole]{}), ""},
		"tagged for JSON":     {coded[tagged](layers.Gob[tagged]{}), ""},
		"unexported in a gob": {coded[*hiding](layers.Gob[*hiding]{}), "secret"},
	} {
		warnings, err := ctxcache.Check(t.Context(), c.node)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		switch {
		case c.want == "" && len(warnings) > 0:
			t.Errorf("%s: %v", name, warnings)
		case c.want == "":
		case len(warnings) != 1 || warnings[0].Code != "lossy_codec" || !strings.Contains(warnings[0].Text, c.want):
			t.Errorf("%s: %v, want a lossy codec because of %s", name, warnings, c.want)
		}
	}
}

// coded returns a cache of values of type V, encoded by codec.
func coded[V any](codec layers.Codec[V]) ctxcache.Node {
	store := memory.New(&memory.Options[string, []byte]{MaxEntries: 10})
	return ctxcache.NodeOf(layers.Encoded[string, V](store, codec, nil))
}
