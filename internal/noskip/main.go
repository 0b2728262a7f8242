package main

import (
	"fmt"
	"os"
)

func main() {
	sum, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "noskip:", err)
		os.Exit(1)
	}
	if !sum.ok() {
		os.Exit(1)
	}
}
