package testserver

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill the server when the test binary ends, however it does.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
