// Package jsonkey makes keys of arguments: compact JSON arrays. It refuses different arguments that would
// have the same JSON.
package jsonkey
