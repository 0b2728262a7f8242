// Package leases has what backends share of leases. [Renewal] keeps those of a remote store alive while their holders
// load. [Table] is for a store that one process has to itself.
package leases
