// Package hits replays access traces on the caches themselves, not on models of them: get, and on a miss set. It compares
// their hit ratios with an exact LRU, and with the best that any policy can reach.
package hits
