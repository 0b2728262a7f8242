// Package vectors reads files of golden vectors, recorded from Python's CacheToolsUtils, and does what their
// cases say with the caches of this module. Its tests, and the command interop, are made of it.
package vectors
