package memory

// ReplaceMemoryLimit makes limit say how much memory the process may use. It returns a function that takes that back.
func ReplaceMemoryLimit(limit func() (bytes int64, source string, err error)) (restore func()) {
	before := memoryLimit
	memoryLimit = limit
	return func() { memoryLimit = before }
}
