package redistest

import "testing"

// StartBinary is [Start] with another program, such as another version of redis-server, or valkey-server. Binary is its
// path.
func StartBinary(t testing.TB, binary string, args ...string) *Server {
	t.Helper()
	other := kind
	other.Binary = binary
	return &Server{other.Start(t, args...)}
}
