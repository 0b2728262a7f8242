package redistest

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// startTimeout bounds how long a server may take from its start to its first answer.
const startTimeout = 20 * time.Second

// errExited is the error of a server that ended before it was ready, mostly because its port was taken.
var errExited = errors.New("redis-server exited before it was ready")

// process is a running redis-server.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process was waited for
}

// launch starts a server and returns when it accepts connections.
func launch(binary string, args []string) (*process, error) {
	log := &serverLog{ready: make(chan struct{})}
	p := &process{cmd: exec.Command(binary, args...), exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	dieWithParent(p.cmd)

	started := make(chan error, 1)
	go func() {
		// What the kernel takes for the parent is the thread that forked. It has to live as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.exited)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // its status tells nothing: servers are killed
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}

	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case <-log.ready:
		return p, nil
	case <-p.exited:
		return nil, fmt.Errorf("%w:\n%s", errExited, log)
	case <-timeout.C:
		p.kill()
		return nil, fmt.Errorf("redis-server was not ready after %v:\n%s", startTimeout, log)
	}
}

// kill ends the process, paused or not, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails only for one that has ended
	<-p.exited
}

// serverLog keeps what a server prints, and tells when it says that it is ready.
type serverLog struct {
	ready chan struct{} // closed when the server accepts connections

	mu      sync.Mutex
	text    bytes.Buffer
	isReady bool
}

func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isReady {
		return len(p), nil // only a start that failed is ever printed
	}
	l.text.Write(p)
	if bytes.Contains(l.text.Bytes(), []byte("eady to accept connections")) {
		l.isReady = true
		close(l.ready)
	}
	return len(p), nil
}

func (l *serverLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
