package main

import (
	"bytes"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
)

// leftover reports whether cachegen wrote the file with a declaration that is in the way, and says what to do about it.
func (in *inspection) leftover(object types.Object) (advice string, is bool) {
	file := in.pkg.Fset.Position(object.Pos()).Filename
	text, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(text, []byte(header)) { // the place of the declaration says enough
		return "", false
	}
	return fmt.Sprintf("; cachegen wrote that file: delete it, or write it again by -o %s", filepath.Base(file)), true
}
