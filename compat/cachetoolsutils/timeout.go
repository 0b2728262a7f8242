package cachetoolsutils

import "time"

// serverTimeout is how long callers wait for a server. Services that share a store with Python expect its answers, and
// Python's clients wait for seconds, or without end.
const serverTimeout = 3 * time.Second
