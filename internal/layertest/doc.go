// Package layertest has what the tests of layers share. A layer must do its part for every way to write and to read a
// value, so these tests go through its tables of ways.
package layertest
