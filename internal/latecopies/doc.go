// Package latecopies gives tests a network that delivers late. A [Proxy] stands between clients and a real server, and
// knows where each command begins and ends. It can hold back the first copy of a command. The client then times out, or
// its connection breaks, and it may send the command again. The test lets the first copy through when it wants. So the
// server carries it out after later commands, on a connection that the client has already given up.
//
//	proxy := latecopies.Start(t, latecopies.Redis, server.Addr) // before the client, so that it ends after the client
//	grant := proxy.Hold(latecopies.About("key"))
//	go func() { ... cache.GetLease(ctx, "key", 0) ... }()
//	grant.Await()  // the proxy has the command, and the server does not
//	grant.HangUp() // the client sees at once that its connection broke; without this, it waits for its timeout
//	...
//	reply := grant.Release() // the server has carried out the late copy
//
// Nothing here sleeps, except for [Proxy.Delay].
package latecopies
