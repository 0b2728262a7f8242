package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"time"
)

// facts are the cached facts about a file.
type facts struct {
	SHA256      string
	Lines       int
	Identifiers int

	// Took is how long it took to find the facts, which is the time that a hit saves. It is cached with the other
	// facts, so that a run that starts warm knows the time it saves without loading anything.
	Took time.Duration
}

// scan is the slow source: it reads the file with this key, hashes it, and counts its lines and identifiers.
func (c *corpus) scan(ctx context.Context, key string) (facts, error) {
	begin := time.Now()
	source, err := os.ReadFile(c.byKey[key].path)
	if err != nil {
		return facts{}, err
	}
	if err := ctx.Err(); err != nil { // no caller waits any more
		return facts{}, err
	}
	found := facts{
		SHA256:      fmt.Sprintf("%x", sha256.Sum256(source)),
		Lines:       countLines(source),
		Identifiers: countIdentifiers(source),
	}
	found.Took = time.Since(begin)
	c.scans.Add(1)
	c.spent.Add(int64(found.Took))
	return found, nil
}

// countLines returns the number of lines. A last line without a line feed counts, too.
func countLines(source []byte) int {
	lines := bytes.Count(source, []byte("\n"))
	if len(source) > 0 && source[len(source)-1] != '\n' {
		lines++
	}
	return lines
}

// countIdentifiers returns the number of identifiers that the scanner finds. The source need not be valid Go: some
// files in testdata are not.
func countIdentifiers(source []byte) int {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(source)), source, nil, 0)
	identifiers := 0
	for {
		switch _, tok, _ := s.Scan(); tok {
		case token.IDENT:
			identifiers++
		case token.EOF:
			return identifiers
		}
	}
}
