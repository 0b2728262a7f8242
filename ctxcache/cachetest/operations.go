package cachetest

// Operation names one operation of a cache or of a lease.
type Operation string

// The operations.
const (
	Get        Operation = "get"
	Set        Operation = "set"
	Delete     Operation = "delete"
	Contains   Operation = "contains"
	Remove     Operation = "remove"
	GetEntry   Operation = "get-entry"
	SetEntry   Operation = "set-entry"
	GetEntries Operation = "get-entries" // GetMany, too
	SetEntries Operation = "set-entries" // SetMany, too
	DeleteMany Operation = "delete-many"
	GetLease   Operation = "get-lease"
	GetLeases  Operation = "get-leases"
	Fill       Operation = "fill"
	Release    Operation = "release"
	Len        Operation = "len"
	Clear      Operation = "clear"
	Keys       Operation = "keys"
	Watch      Operation = "watch"
	Stats      Operation = "stats"
)
