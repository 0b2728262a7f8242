package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/tools/go/packages"
)

// load loads the package in dir as it is without the file at path, which is about to be replaced. Other files may
// use its declarations, so the package may have type errors.
func load(ctx context.Context, dir, path string) (*packages.Package, error) {
	overlay, err := withoutGenerated(path)
	if err != nil {
		return nil, err
	}
	pkg, err := loadWith(ctx, dir, overlay)
	if err != nil {
		return nil, err
	}
	return pkg, unreadable(pkg)
}

// loadWith loads the package in dir as if its files had the contents that overlay has by path. A file whose content is
// nil is left out. Of a file that exists only in overlay, it loads the imports, but not the syntax.
//
// The go command gets the overlay as a flag. With packages.Config.Overlay, package packages would not use export data: it
// would type-check all dependencies from source, which takes seconds. Here the export data is valid, since no dependency
// imports the package in dir.
func loadWith(ctx context.Context, dir string, overlay map[string][]byte) (pkg *packages.Package, err error) {
	if dir, err = realPath(dir); err != nil {
		return nil, err
	}
	flags, cleanUp, err := overlayFlags(overlay)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cleanUp()) }()
	pkgs, err := packages.Load(&packages.Config{
		Context:    ctx,
		Dir:        dir,
		BuildFlags: flags,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedModule |
			packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax,
		ParseFile: func(files *token.FileSet, path string, text []byte) (*ast.File, error) {
			if replaced, ok := overlay[path]; ok {
				text = replaced
			}
			return parser.ParseFile(files, path, text, parser.AllErrors|parser.ParseComments|parser.SkipObjectResolution)
		},
	}, ".")
	if err != nil || len(pkgs) != 1 {
		return nil, unloaded(ctx, dir, flags, err)
	}
	return pkgs[0], nil
}

// overlayFlags returns the flags that make the go command use overlay. They work until cleanUp is called.
func overlayFlags(overlay map[string][]byte) (flags []string, cleanUp func() error, err error) {
	if len(overlay) == 0 {
		return nil, func() error { return nil }, nil
	}
	temporary, err := os.MkdirTemp("", "cachegen")
	if err != nil {
		return nil, nil, err
	}
	cleanUp = func() error { return os.RemoveAll(temporary) }
	list := filepath.Join(temporary, "overlay.json")
	if err := writeOverlay(temporary, list, overlay); err != nil {
		return nil, nil, errors.Join(err, cleanUp())
	}
	return []string{"-overlay=" + list}, cleanUp, nil
}

// writeOverlay writes the files of overlay into dir. It writes into list, in the format of the flag -overlay, which file
// stands for which.
func writeOverlay(dir, list string, overlay map[string][]byte) error {
	replace := make(map[string]string, len(overlay))
	for path, text := range overlay {
		if text == nil {
			replace[path] = "" // the go command then leaves the file out
			continue
		}
		replacement := filepath.Join(dir, fmt.Sprint(len(replace), ".go"))
		if err := os.WriteFile(replacement, text, 0o600); err != nil {
			return err
		}
		replace[path] = replacement
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(list, text, 0o600)
}

// withoutGenerated returns an overlay without the file at path, which must be one of ours if it exists. The go command
// then does not read it: the package may have another name by now, or a merge may have left its marks in the file.
func withoutGenerated(path string) (map[string][]byte, error) {
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !isOurs(old):
		return nil, fmt.Errorf("%s: the file was not written by cachegen, and is left alone; delete it, or name another file by -o", path)
	}
	return map[string][]byte{path: nil}, nil
}
