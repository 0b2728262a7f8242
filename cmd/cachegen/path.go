package main

import (
	"fmt"
	"path/filepath"
)

// path returns the path of the file to write. It must be in dir, since it is part of the package there.
func (r *request) path(dir string) (string, error) {
	if filepath.Dir(r.output) != "." {
		return "", fmt.Errorf("-o %s: the file must be in the directory of the interface", r.output)
	}
	return fileIn(dir, r.output)
}

// fileIn returns the path of a file in dir, as the go command has it if it runs in realPath(dir).
func fileIn(dir, name string) (string, error) {
	dir, err := realPath(dir)
	return filepath.Join(dir, name), err
}

// realPath returns the absolute path of dir without symbolic links.
func realPath(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}
