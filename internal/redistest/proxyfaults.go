package redistest

import "bytes"

// HangUpOn makes the proxy close the connections of clients that send these words, as some proxies do when they get a
// command that they do not know.
func (p *Proxy) HangUpOn(words string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangUp = []byte(words)
}

// HungUp returns how often the proxy has done so.
func (p *Proxy) HungUp() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hungUp
}

func (p *Proxy) hangsUp(piece []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hangUp == nil || !bytes.Contains(piece, p.hangUp) {
		return false
	}
	p.hungUp++
	return true
}

// Cut closes all connections, and refuses others until Restore.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	p.closeAll()
}

// Silence loses all that client and server send, on all connections, until Restore. They stay open, and others are
// accepted, so neither side notices.
func (p *Proxy) Silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = true
}

// Restore ends Cut and Silence. It closes the connections that were open meanwhile, which have lost a part of what
// was sent.
func (p *Proxy) Restore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.silent = false, false
	p.closeAll()
}

// closeAll closes all connections. The lock is held.
func (p *Proxy) closeAll() {
	for conn := range p.open {
		_ = conn.Close() // so that both sides notice
	}
}

// passed returns the part of a piece that is to be passed on: all of it, or nothing.
func (p *Proxy) passed(piece []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent {
		return nil
	}
	return piece
}
