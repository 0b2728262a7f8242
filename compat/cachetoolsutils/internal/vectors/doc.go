// Package vectors reads files of golden vectors, which were recorded from CacheToolsUtils in Python, and runs their
// cases with the caches of this module. The tests of package cachetoolsutils and the command interop use it:
//
// @@CODE@@
package vectors
