// Package vectors reads files of golden vectors, which were recorded from CacheToolsUtils in Python, and runs their
// cases with the caches of this module. The tests of package cachetoolsutils and the command interop use it:
//
//	file, err := vectors.Read("testdata/redis.json")
//	kind, err := file.Cases[0].Decode()                // such as a *vectors.Live
//	app, err := servers.Open(kind.(*vectors.Live))     // with its stack of caches
//	err = app.CheckWrite(ctx)
//	err = app.CheckRead(ctx)
package vectors
