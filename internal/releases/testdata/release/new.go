//go:build new

package main

import "fmt"

type renamed struct{ FullName string }

func (*renamed) of(version int) *renamed { return &renamed{FullName: fmt.Sprint("v", version)} }

type retyped struct{ Price float64 } // in euros

func (*retyped) of(version int) *retyped { return &retyped{Price: float64(version)} }

type added struct{ Name, Email string }

func (*added) of(version int) *added {
	return &added{Name: fmt.Sprint("v", version), Email: fmt.Sprint("e", version)}
}

type removed struct{ Name string }

func (*removed) of(version int) *removed { return &removed{Name: fmt.Sprint("v", version)} }

type nested struct{ Teams map[string][]renamed }

func (*nested) of(version int) *nested {
	return &nested{Teams: map[string][]renamed{"a": {{FullName: fmt.Sprint("v", version)}}}}
}

type large struct {
	FullName string
	Text     filler
}

func (*large) of(version int) *large {
	return &large{FullName: fmt.Sprint("v", version), Text: filling}
}
