//go:build unix

package cachetest_test

import (
	"context"
	"syscall"
	"testing"
)

// The memory that a store on disk returns may be gone with the store: to look at it then ends the process.
func TestBrokenMappedFails(t *testing.T) {
	broken{
		new:   func() cache { return &mapped{reference: newReference()} },
		fails: []string{"Ownership/Closed/Get"}, within: "Ownership/",
	}.proves(t)
}

// mapped returns memory of a file, as a store on disk may, which is gone with the file.
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
