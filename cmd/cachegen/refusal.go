package main

import (
	"errors"
	"fmt"
	"go/token"
	"path/filepath"
)

// refusals collects what is wrong, each with its place.
type refusals struct {
	files *token.FileSet
	dir   string // places are told relative to it
	all   []error
}

// add adds a reason to refuse what is at pos.
func (r *refusals) add(pos token.Pos, format string, args ...any) {
	at := r.files.Position(pos)
	if dir, err := filepath.Abs(r.dir); err == nil {
		if short, err := filepath.Rel(dir, at.Filename); err == nil && filepath.IsLocal(short) {
			at.Filename = short
		}
	}
	r.all = append(r.all, fmt.Errorf("%v: %s", at, fmt.Sprintf(format, args...)))
}

// err returns all that is wrong, or nil.
func (r *refusals) err() error { return errors.Join(r.all...) }
