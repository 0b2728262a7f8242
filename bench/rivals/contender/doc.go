// Package contender has this library's cache in memory and its rivals, all with the same few methods. There is one file for
// each library. An adapter calls the library as its documentation shows, with its defaults, and nothing more.
package contender
