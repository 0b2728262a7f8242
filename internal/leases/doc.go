// Package leases has the parts of leases that backends share. [Table] is for a store in this process. For a remote
// store, [Take] asks for leases, and [Renewal] keeps them alive while their holders load.
//
//	table := leases.NewTable[string](time.Minute)
//	sequence, granted := table.Grant("ada", load.Done(), now) // unless a lease on "ada" stands
//	stands := table.Stands("ada", sequence, now)
//	stood := table.End("ada", sequence, now)
//	table.Kill("ada")                                         // a write ends whatever lease there is
package leases
