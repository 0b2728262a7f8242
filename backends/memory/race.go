//go:build race

package memory

const underRace = true
