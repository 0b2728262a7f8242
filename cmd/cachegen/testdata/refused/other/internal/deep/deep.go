// Package deep is internal to another.
package deep

// Type is a result.
type Type struct{ A int }
