package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// corpus is the Go files that may be asked for.
type corpus struct {
	dir   string
	files []file
	byKey map[string]file

	scans atomic.Int64 // calls of scan that read the file
	spent atomic.Int64 // nanoseconds that they took
}

// file is one of them.
type file struct {
	path string // absolute
	name string // relative to the corpus
	key  string // what its facts are cached under
}

// newFile returns the file at path. Its key changes when the file does, so that facts about an old version,
// which a far store may well hold, are never taken for those of the new one; they are just not asked for any
// more.
func newFile(dir, path string, info fs.FileInfo) (file, error) {
	name, err := filepath.Rel(dir, path)
	return file{
		path: path,
		name: name,
		key:  fmt.Sprintf("%s@%d.%d", path, info.ModTime().UnixNano(), info.Size()),
	}, err
}

// findFiles returns all Go files under dir.
func findFiles(ctx context.Context, dir string) (*corpus, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no directory %s", dir)
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is not a directory", dir)
	}
	// The walk does not follow links; the directory itself may be one.
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	found := &corpus{dir: dir, byKey: map[string]file{}}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return errInterrupted
		}
		if err != nil || !entry.Type().IsRegular() || !strings.HasSuffix(path, ".go") {
			return err
		}
		return found.add(root, path, entry)
	})
	if err != nil {
		return nil, err
	}
	if len(found.files) == 0 {
		return nil, fmt.Errorf("there are no Go files under %s", dir)
	}
	return found, nil
}

func (c *corpus) add(root, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted since the directory was read
	}
	if err != nil {
		return err
	}
	f, err := newFile(root, path, info)
	c.files = append(c.files, f)
	c.byKey[f.key] = f
	return err
}
