package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is a line of go test -json, see go doc test2json.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// test identifies a test of a package. If its name is empty, it is the package itself.
type test struct{ pkg, name string }

// summary counts tests, subtests and examples. A package that fails without a failed test, for example because it does
// not build, counts as a failed test.
type summary struct{ passed, failed, skipped int }

func (s summary) ok() bool { return s.passed > 0 && s.failed == 0 && s.skipped == 0 }

// report copies the interesting lines of go test -json from in to out, and returns the counts.
func report(in io.Reader, out io.Writer) (summary, error) {
	r := &reporter{out: out, said: map[test]*strings.Builder{}, failing: map[string]bool{}}
	lines := bufio.NewReader(in)
	for {
		line, readErr := lines.ReadString('\n')
		if readErr != nil && !errors.Is(readErr, io.EOF) {
			return r.sum, readErr
		}
		if err := r.add(line); err != nil {
			return r.sum, err
		}
		if readErr != nil {
			break
		}
	}
	_, err := fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", r.sum.passed, r.sum.failed, r.sum.skipped)
	return r.sum, err
}

type reporter struct {
	out     io.Writer
	sum     summary
	said    map[test]*strings.Builder // the output of each running test
	failing map[string]bool           // the packages with a failed test
}

// add processes one line.
func (r *reporter) add(line string) error {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil {
		return r.print(line) // not an event: the go command itself printed it
	}
	id := test{e.Package, e.Test}
	switch {
	case e.Action == "build-output", e.Action == "output" && e.Test == "" && e.Output != "PASS\n":
		return r.print(e.Output)
	case e.Action == "output" && e.Test != "":
		if r.said[id] == nil {
			r.said[id] = &strings.Builder{}
		}
		r.said[id].WriteString(e.Output)
	case e.Action == "pass" && e.Test != "":
		r.sum.passed++
		delete(r.said, id)
	case e.Action == "skip" && e.Test != "":
		r.sum.skipped++
		return r.flush(id)
	case e.Action == "fail" && e.Test != "":
		r.sum.failed++
		r.failing[e.Package] = true
		return r.flush(id)
	case e.Action == "fail":
		if !r.failing[e.Package] {
			r.sum.failed++
		}
		return r.flushPackage(e.Package)
	}
	return nil
}

// flush prints the output of a test.
func (r *reporter) flush(id test) error {
	text := r.said[id]
	delete(r.said, id)
	if text == nil {
		return nil
	}
	return r.print(text.String())
}

// flushPackage prints the output of the tests that were running when their package failed, by a panic or a timeout.
func (r *reporter) flushPackage(pkg string) error {
	for id := range r.said {
		if id.pkg != pkg {
			continue
		}
		if err := r.flush(id); err != nil {
			return err
		}
	}
	return nil
}

func (r *reporter) print(text string) error {
	_, err := io.WriteString(r.out, text)
	return err
}
