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

// facts are what is cached about a file.
type facts struct {
	SHA256      string
	Lines       int
	Identifiers int

	// Took is how long it took to find this out: what a hit saves. It is cached with the rest, so that a run
	// which starts warm knows what it saves although it loads nothing.
	Took time.Duration
}

// scan is the slow source: it reads the file that has key, hashes it, and counts.
func (c *corpus) scan(ctx context.Context, key string) (facts, error) {
	begin := time.Now()
	source, err := os.ReadFile(c.byKey[key].path)
	if err != nil {
		return facts{}, err
	}
	if err := ctx.Err(); err != nil { // nobody waits any more
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

// countLines counts a last line without a line feed, too.
func countLines(source []byte) int {
	lines := bytes.Count(source, []byte("\n"))
	if len(source) > 0 && source[len(source)-1] != '\n' {
		lines++
	}
	return lines
}

// countIdentifiers counts those that the scanner finds, even if the file is not valid Go, as some in testdata
// are not.
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
