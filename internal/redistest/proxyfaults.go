package redistest

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
