//go:build !linux

package testserver

import "os/exec"

// dieWithParent does nothing here: only Cleanup stops the server.
func dieWithParent(*exec.Cmd) {}
