//go:build !new

package main

import "fmt"

type renamed struct{ Name string }

func (*renamed) of(version int) *renamed { return &renamed{Name: fmt.Sprint("v", version)} }

type retyped struct{ Price int } // in cents

func (*retyped) of(version int) *retyped { return &retyped{Price: 100 * version} }

type added struct{ Name string }

func (*added) of(version int) *added { return &added{Name: fmt.Sprint("v", version)} }

type removed struct{ Name, Email string }

func (*removed) of(version int) *removed {
	return &removed{Name: fmt.Sprint("v", version), Email: fmt.Sprint("e", version)}
}

type nested struct{ Teams map[string][]renamed }

func (*nested) of(version int) *nested {
	return &nested{Teams: map[string][]renamed{"a": {{Name: fmt.Sprint("v", version)}}}}
}

type large struct {
	Name string
	Text filler
}

func (*large) of(version int) *large { return &large{Name: fmt.Sprint("v", version), Text: filling} }
