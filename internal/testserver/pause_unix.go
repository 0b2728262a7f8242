//go:build unix

package testserver

import (
	"fmt"
	"syscall"
)

// pause stops the process without ending it. It returns when the process has stopped.
func (p *process) pause() error {
	pid := p.cmd.Process.Pid
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		var status syscall.WaitStatus
		switch _, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil); {
		case err == syscall.EINTR:
		case err != nil:
			return err
		case !status.Stopped():
			return fmt.Errorf("the server ended instead of pausing: %v", status)
		default:
			return nil
		}
	}
}

// resume continues a paused process.
func (p *process) resume() error { return syscall.Kill(p.cmd.Process.Pid, syscall.SIGCONT) }
