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

// corpus has the Go files that requests can ask for.
type corpus struct {
	dir   string
	files []file
	byKey map[string]file

	scans atomic.Int64 // the number of files that scan has read
	spent atomic.Int64 // the nanoseconds that these calls took
}

// file is one Go file.
type file struct {
	path string // absolute
	name string // relative to the corpus
	key  string // the cache key of its facts
}

// newFile returns the file at path. Its key changes when the file changes. So a request never gets facts about an old
// version of the file, even if the far store still has them: nothing asks for the old key any more.
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
	// WalkDir does not follow symbolic links, and dir itself may be one.
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
		return nil // the file was deleted after the directory was read
	}
	if err != nil {
		return err
	}
	f, err := newFile(root, path, info)
	c.files = append(c.files, f)
	c.byKey[f.key] = f
	return err
}
