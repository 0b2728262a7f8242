//go:build unix

package cachetest_test

import (
	"context"
	"syscall"
	"testing"
)

// TestBrokenMappedFails reads the memory of a store on disk after Close. The store has unmapped it, and without care
// the read would end the process.
func TestBrokenMappedFails(t *testing.T) {
	broken{
		new:   func() cache { return &mapped{reference: newReference()} },
		fails: []string{"Ownership/Closed/Get"}, within: "Ownership/",
	}.proves(t)
}

// mapped returns mapped memory, as a store on disk may. Close unmaps it.
type mapped struct {
	*reference
	files [][]byte
}

func (c *mapped) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.reference.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	memory, err := syscall.Mmap(-1, 0, max(len(value), 1), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files = append(c.files, memory)
	return memory[:copy(memory, value)], nil
}

func (c *mapped) Close() error {
	c.mu.Lock()
	for _, memory := range c.files {
		if err := syscall.Munmap(memory); err != nil {
			panic(err)
		}
	}
	c.files = nil
	c.mu.Unlock()
	return c.reference.Close()
}
