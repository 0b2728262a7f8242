// Package loads measures functions whose results are cached: a hit, a load, callers that want the same absent key, many
// keys in one call, and the same with a Redis server as a second level.
package loads
