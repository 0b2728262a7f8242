//go:build race

package footprint

// tiny has the bytes of objects without pointers of less than 16 bytes. Programs with the race detector have a block of
// 16 bytes for each.
var tiny = [16]uint8{0, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16}
