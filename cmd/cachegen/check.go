package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// check is the value of the flag -check. An empty text counts as false, so that a go:generate line can take the value
// from an environment variable that may not be set.
type check bool

// String returns the flag as it is set.
func (c *check) String() string { return strconv.FormatBool(bool(*c)) }

// Set sets the flag.
func (c *check) Set(text string) error {
	if text == "" {
		*c = false
		return nil
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		return errors.New("it is neither true nor false")
	}
	*c = check(on)
	return nil
}

// IsBoolFlag lets the flag stand without a value.
func (c *check) IsBoolFlag() bool { return true }

// compare returns an error unless the file at path is what would be written now. Git may have changed the ends of its
// lines, which does not count.
func compare(path string, code []byte) error {
	const advice = "run cachegen without -check, as go generate does"
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: the file does not exist; %s", filepath.Base(path), advice)
	case err != nil:
		return err
	}
	old = bytes.ReplaceAll(old, []byte("\r\n"), []byte("\n"))
	if bytes.Equal(old, code) {
		return nil
	}
	return fmt.Errorf("%s:%d: the file is out of date; %s", filepath.Base(path), firstDifference(old, code), advice)
}

// firstDifference returns the number of the first line that differs.
func firstDifference(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return 1 + bytes.Count(a[:n], []byte("\n"))
}
