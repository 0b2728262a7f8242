package main

import (
	"fmt"
	"os"
)

func main() {
	errs := check(".", os.Args[1:])
	for _, err := range errs {
		fmt.Fprintln(os.Stderr, err)
	}
	if len(errs) > 0 {
		os.Exit(1)
	}
}
