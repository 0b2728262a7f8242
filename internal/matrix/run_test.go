package matrix_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers"
)

type bytesCache = ctxcache.Cache[string, []byte]

// store is where the suite runs.
type store struct {
	open    func(t *testing.T, prefix string) bytesCache // returns the part of the server that has this prefix
	options []cachetest.Option
}

// kind is a kind of server. Start starts one, which stops when the test ends.
type kind struct {
	name  string
	short bool // whether the short form has it; the backends' own tests have others
	start func(t *testing.T) store
}

// run runs the suite over each kind of server. For the whole matrix it runs over all of them, and through a prefix, too.
func run(t *testing.T, kinds []kind) {
	for _, k := range kinds {
		if !k.short && !remotetest.WholeMatrix() {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			k.start(t).conform(t)
		})
		if remotetest.WholeMatrix() {
			t.Run(k.name+"-prefixed", func(t *testing.T) {
				t.Parallel()
				k.start(t).under(func(c bytesCache) bytesCache { return layers.Prefixed(c, "prefix:") }).conform(t)
			})
		}
	}
}

func (s store) conform(t *testing.T) {
	cachetest.Run(t, s.part, append([]cachetest.Option{cachetest.Shared(s.twice)}, s.options...)...)
}

// part returns an empty part of the server.
func (s store) part(t *testing.T) bytesCache { return s.open(t, remotetest.NextPrefix()) }

// twice returns two caches in an empty part of the server.
func (s store) twice(t *testing.T) (one, other bytesCache) {
	prefix := remotetest.NextPrefix()
	return s.open(t, prefix), s.open(t, prefix)
}

// under returns s under a layer.
func (s store) under(layer func(bytesCache) bytesCache) store {
	return store{func(t *testing.T, prefix string) bytesCache { return layer(s.open(t, prefix)) }, s.options}
}

// without returns s without these capabilities, which the server does not have.
func (s store) without(caps ctxcache.Cap) store {
	return s.under(func(c bytesCache) bytesCache {
		return &view{ctxcache.NewForward(c, ctxcache.Description{Kind: "view"}), ctxcache.Supports(c) &^ caps}
	})
}

type view struct {
	ctxcache.Forward[string, []byte]
	caps ctxcache.Cap
}

func (v *view) Supports() ctxcache.Cap { return v.caps }

// binaries returns the programs in the folder SERVER_BINARIES whose names begin with one of these.
func binaries(t *testing.T, names ...string) (paths []string) {
	t.Helper()
	folder := os.Getenv("SERVER_BINARIES")
	if folder == "" || !remotetest.WholeMatrix() {
		return nil
	}
	files, err := os.ReadDir(folder)
	must(t, err)
	for _, file := range files {
		for _, name := range names {
			if strings.HasPrefix(file.Name(), name) {
				path, err := filepath.Abs(filepath.Join(folder, file.Name()))
				must(t, err)
				paths = append(paths, path)
			}
		}
	}
	return paths
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
