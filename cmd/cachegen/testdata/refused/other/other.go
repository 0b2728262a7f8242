// Package other has types that others cannot name.
package other

import (
	"context"

	"github.com/ctxcache/cached/cmd/cachegen/testdata/refused/other/internal/deep"
)

type secret struct{ A int }

// Finder is embedded elsewhere.
type Finder interface {
	Find(ctx context.Context, s secret) (int, error)
	Dive(ctx context.Context) (map[string]*deep.Type, error)
	Ask(ctx context.Context, who interface{ answer() }) (int, error)
	hide(ctx context.Context) (int, error)
}

// Deep is a name for a type that other packages cannot name.
type Deep = deep.Type

// Use uses all that is not exported.
func Use(f Finder) any { return f.hide }
