// Package shrinking has a map that gives memory back after a burst.
package shrinking
