package main

import (
	"fmt"
	"strings"
)

// filler makes a value large. It prints its length only.
type filler string

func (f filler) String() string { return fmt.Sprint(len(f)) }

// filling is so long that Memcached has room for one value, but not for two in one item, which has 1 MiB.
var filling = filler(strings.Repeat("x", 600_000))
