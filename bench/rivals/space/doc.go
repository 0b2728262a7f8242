// Package space measures how much memory an entry takes in each contender, and how much a large cache costs the garbage
// collector. Each measurement needs a process of its own: what other caches have left in memory would count, too.
package space
