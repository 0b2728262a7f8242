package main

import "strings"

// list is the value of a flag that holds a list. If the flag is set more than once, the lists are joined.
type list []string

// String returns the list as it is set.
func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds a list, which may be empty.
func (l *list) Set(text string) error {
	if text == "" {
		return nil
	}
	*l = append(*l, strings.Split(text, ",")...)
	return nil
}
