// Package own copies keys, so that they may outlive the call that they came with.
//
//	key = own.Copy(key) // no longer a view of the caller's buffer
package own
