// Package releases has only tests. They run two releases of a program at the same time, over one Redis or Memcached. The
// releases have different types for the same values, in the envelopes of layers.Encoded. The tests check that neither
// release reads a value of the other's, or an old one, and that both keep hitting.
//
// The program is in testdata/release. The build tag "new" makes the new release of it.
//
//	go test ./internal/releases
package releases
