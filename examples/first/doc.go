// First is a whole program: a cache in memory in front of a slow function.
package main
