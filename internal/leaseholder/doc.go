// Package leaseholder starts processes that hold a lease, for tests that stop and kill the holder of a lease. Such a
// process is the test binary itself, started again. Its TestMain calls [Main]:
//
//	func TestMain(m *testing.M) {
//		leaseholder.Main(take) // in a holder, take takes the lease
//		os.Exit(m.Run())
//	}
//
//	holder := leaseholder.Start(t, server.Addr, "key") // take gets the arguments after t
//	holder.Pause()
//	holder.Resume()
//	err := holder.Fill("value")                        // nil, or ErrLeaseLost
package leaseholder
