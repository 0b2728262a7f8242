//go:build !race

package footprint

// tiny has the bytes of objects without pointers of less than 16 bytes. The runtime puts as many into one block of 16
// bytes as fit.
var tiny = [16]uint8{0, 1, 2, 3, 4, 5, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16}
