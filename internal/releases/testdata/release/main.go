// Command release is a release of a program that caches values in a store which it shares with another release. It reads
// commands from standard input, one a line, and answers each with a line:
//
//	get KEY          the value of KEY, or "not found"
//	refresh KEY      the same, loaded anew
//	set KEY VERSION  "stored"
//	delete KEY       "deleted true" if there was a value, or "deleted false"
//	entry KEY        the ctxcache.Meta of KEY, in JSON
//	stats            the ctxcache.Stats, in JSON
//
// The standard input is the source, too. If a command loads KEY, the program first prints "load KEY", and reads the
// version of the value, or "none". The program ends with its input. It then fails if a goroutine is left.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
