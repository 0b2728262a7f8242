package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

func ExampleFailing() {
	ctx := context.Background() // an example has no caller
	c, faults := cachetest.Failing[string, []byte](newReference())
	faults.Fail(errors.New("connection refused"), cachetest.On(ctxcache.OpSet).First(1))

	fmt.Println(c.Set(ctx, "ada", []byte("1815"), time.Hour))
	fmt.Println(c.Set(ctx, "ada", []byte("1815"), time.Hour))
	// Output:
	// failing set: connection refused
	// <nil>
}

func ExampleStalling() {
	ctx := context.Background() // an example has no caller
	c, stalls := cachetest.Stalling[string, []byte](newReference())
	stall := stalls.Stall(cachetest.On(ctxcache.OpSet))

	stored := make(chan error)
	go func() { stored <- c.Set(ctx, "ada", []byte("1815"), time.Hour) }()
	fmt.Println("now waiting:", (<-stall.Arrived()).Operation)
	stall.Release()
	fmt.Println("stored:", <-stored)
	// Output:
	// now waiting: set
	// stored: <nil>
}

func ExampleRecording() {
	ctx := context.Background() // an example has no caller
	c, log := cachetest.Recording[string, []byte](newReference())

	_, err := c.Get(ctx, "ada")
	fmt.Println(err)
	for _, record := range log.Records() {
		fmt.Println(record)
	}
	// Output:
	// cache miss
	// get [ada]: cache miss
}
