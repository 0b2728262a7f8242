// Package leases keeps the leases of a backend alive while their holders load. What renews one is the backend's.
package leases
