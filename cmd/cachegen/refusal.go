package main

import (
	"errors"
	"fmt"
	"go/token"
	"path/filepath"
)

// refusals collects the reasons to refuse an interface, each with its place.
type refusals struct {
	files *token.FileSet
	dir   string // errors give places relative to it
	all   []error
}

// add adds a reason to refuse what is at pos.
func (r *refusals) add(pos token.Pos, format string, args ...any) {
	r.all = append(r.all, fmt.Errorf("%v: %s", r.position(pos), fmt.Sprintf(format, args...)))
}

// position returns the place of pos, relative to the directory of the package if it is there.
func (r *refusals) position(pos token.Pos) token.Position {
	at := r.files.Position(pos)
	if dir, err := realPath(r.dir); err == nil {
		if short, err := filepath.Rel(dir, at.Filename); err == nil && filepath.IsLocal(short) {
			at.Filename = short
		}
	}
	return at
}

// err returns all reasons, or nil.
func (r *refusals) err() error { return errors.Join(r.all...) }
