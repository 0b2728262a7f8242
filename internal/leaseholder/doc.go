// Package leaseholder runs processes that hold a lease, for tests that stop and kill them. Such a process is the test
// binary itself, started once more; its TestMain calls [Main]:
//
//	func TestMain(m *testing.M) {
//		leaseholder.Main(take)
//		os.Exit(m.Run())
//	}
package leaseholder
