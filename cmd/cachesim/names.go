package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ctxcache/cached/bench/hitratio"
)

// traceNames returns a name for each file that neither another file nor a generator has. It is the file's name without
// its last suffix, and has as much of the path as is needed. Without such a name, results of two traces would be mixed up.
func traceNames(files []string, generators []hitratio.Generator) ([]string, error) {
	choices := make([][]string, len(files)) // of names, the shortest first
	for i, file := range files {
		choices[i] = namesOf(file)
	}
	for {
		users := make(map[string]int)
		for _, g := range generators {
			users[g.Name]++
		}
		names := make([]string, len(files))
		for i := range files {
			names[i] = choices[i][0]
			users[names[i]]++
		}
		unique, longer, last := true, false, ""
		for i, name := range names {
			if users[name] == 1 {
				continue
			}
			unique, last = false, files[i]
			if len(choices[i]) > 1 {
				choices[i], longer = choices[i][1:], true
			}
		}
		if unique {
			return names, nil
		}
		if !longer {
			return nil, fmt.Errorf("two traces have the name %s", last)
		}
	}
}

// namesOf returns the possible names of the trace in a file: its name without the last suffix, and then more and more of its path.
func namesOf(file string) []string {
	clean := filepath.ToSlash(filepath.Clean(file))
	base := filepath.Base(uncompressedName(clean))
	names := []string{strings.TrimSuffix(base, filepath.Ext(base))}
	for i := len(clean) - 1; i > 0; i-- {
		if clean[i-1] == '/' {
			names = append(names, clean[i:])
		}
	}
	return append(names, clean)
}
