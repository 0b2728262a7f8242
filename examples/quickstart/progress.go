package main

import (
	"fmt"
	"os"
	"time"
)

// progress prints how many requests were made. On a terminal it rewrites one line. Otherwise it prints a line every 5
// seconds.
type progress struct {
	out      *os.File
	terminal bool
	traffic  *traffic
	end      chan struct{} // closed by stop
	ended    chan struct{} // closed by the goroutine that prints
	err      error         // the error that ended the printing early; read it after ended is closed
}

func startProgress(out *os.File, t *traffic) *progress {
	p := &progress{out: out, terminal: isTerminal(out), traffic: t, end: make(chan struct{}), ended: make(chan struct{})}
	every := 5 * time.Second
	if p.terminal {
		every = 100 * time.Millisecond
	}
	begin := time.Now()
	p.err = p.print(0) // before the first request
	go func() {
		defer close(p.ended)
		again := time.NewTicker(every)
		defer again.Stop()
		for p.err == nil {
			select {
			case <-again.C:
				p.err = p.print(time.Since(begin))
			case <-p.end:
				return
			}
		}
	}()
	return p
}

// stop ends the printing. On a terminal it erases the line.
func (p *progress) stop() error {
	close(p.end)
	<-p.ended
	if p.err != nil || !p.terminal {
		return p.err
	}
	_, err := fmt.Fprint(p.out, eraseLine)
	return err
}

// eraseLine moves to the start of the line and erases it, on terminals that support ECMA-48.
const eraseLine = "\r\x1b[K"

func (p *progress) print(elapsed time.Duration) error {
	begin, end := "", "\n"
	if p.terminal {
		begin, end = eraseLine, ""
	}
	made := p.traffic.made()
	_, err := fmt.Fprintf(p.out, "%s%3d%% of %s requests, %.1fs%s",
		begin, 100*made/int64(p.traffic.requests), thousands(int64(p.traffic.requests)), elapsed.Seconds(), end)
	return err
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
