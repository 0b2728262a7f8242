// Package cached puts caches in front of slow things, and stays correct while things race and fail.
package cached
