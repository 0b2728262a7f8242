package faults_test

import (
	"runtime"
	"time"
)

// leakPatience is how long connections and goroutines may take to end. Clients close connections that are being made only
// when their own timeouts have passed.
const leakPatience = 20 * time.Second

// leak is what a row has left: how many goroutines and connections there are more than before it.
type leak struct {
	goroutines, connections int
	stacks                  string // if there are any
}

// leaks waits until there are no more goroutines and connections than before the nodes were opened, and returns what is
// left if it waits in vain.
func (s *scene) leaks(goroutines, connections int) leak {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(leakPatience); ; <-ticker.C {
		left := leak{
			goroutines:  max(0, runtime.NumGoroutine()-goroutines),
			connections: max(0, s.servers.connections(s.t)-connections),
		}
		if left == (leak{}) {
			return left
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			left.stacks = string(stacks[:runtime.Stack(stacks, true)])
			return left
		}
	}
}
