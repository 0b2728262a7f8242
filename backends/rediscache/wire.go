package rediscache

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strconv"
)

// wire speaks RESP2, the protocol of Redis, over one connection. Only one goroutine may use it at a time. Reading may stop
// anywhere, at a deadline, and go on later: the state of the reply is kept.
type wire struct {
	conn net.Conn
	out  []byte // commands to be sent
	sent int    // how many commands out has

	in   []byte // in[r:w] was read from conn, and is not parsed yet
	r, w int
	left int // elements of the replies that are still to come
	skip int // bytes of the current string that are still to come, with their end of line

	torn    bool // commands may be sent in part
	refused bool // the server has answered an error that is not harmless
}

const (
	wireBuffer = 32 << 10 // as go-redis has
	keptOut    = 64 << 10 // a longer buffer for commands is not kept
)

// errProtocol is the cause of an error about a connection with a reply that no Redis server would send.
var errProtocol = errors.New("unexpected reply")

// command begins a command with so many arguments, and its name is the first. The others follow by arg and key.
func (w *wire) command(name string, args int) {
	w.out = append(w.out, '*')
	w.out = strconv.AppendInt(w.out, int64(args), 10)
	w.out = append(w.out, "\r\n"...)
	w.sent++
	w.arg(name)
}

// commandOfKey adds a command with one argument, a key: see key. Name has at most 9 bytes.
func (w *wire) commandOfKey(name, prefix, key string) {
	w.out = append(append(w.out, "*2\r\n$"...), '0'+byte(len(name)))
	w.out = append(append(append(w.out, "\r\n"...), name...), "\r\n"...)
	w.sent++
	w.key(prefix, key)
}

// arg adds an argument to the command.
func (w *wire) arg(arg string) { w.key("", arg) }

// key adds a key to the command: an argument in two parts, so that they need not be joined before.
func (w *wire) key(prefix, key string) {
	w.out = append(w.out, '$')
	w.out = strconv.AppendInt(w.out, int64(len(prefix)+len(key)), 10)
	w.out = append(w.out, "\r\n"...)
	w.out = append(append(w.out, prefix...), key...)
	w.out = append(w.out, "\r\n"...)
}

// send sends the commands.
func (w *wire) send() error {
	n, err := w.conn.Write(w.out)
	w.left, w.sent = w.sent, 0
	if err != nil {
		_, encrypted := w.conn.(*tls.Conn) // it cannot be used after a write that failed
		w.torn, w.left = n > 0 || encrypted, 0
	}
	if w.out = w.out[:0]; cap(w.out) > keptOut {
		w.out = nil
	}
	return err
}

// whole reports whether the replies to all commands were read, and nothing else came. Only then can other commands be sent.
func (w *wire) whole() bool {
	return w.left == 0 && w.skip == 0 && w.r == w.w && !w.torn && !w.refused
}

// element is the beginning of an element of a reply.
type element struct {
	kind byte   // '*', '$', ':', '+' or '-'
	n    int64  // the integer, or the length; -1 is null
	text []byte // of '+' and '-'; good until the next read
}

// harmless reports whether an error is about a key, a command or the memory. After any other error, the connection may be
// of no use any more, or another reply may follow: an error may come that nobody has asked for.
func (e element) harmless() bool {
	return slices.ContainsFunc([]string{wrongType, noPermission, "ERR unknown command", "EXECABORT ", "OOM "}, e.failed)
}

// failed reports whether e is an error that begins so.
func (e element) failed(begin string) bool {
	return e.kind == '-' && bytes.HasPrefix(e.text, []byte(begin))
}

// other returns the error of a direct read with an element that it does not want: errOther for an error, after which the
// other replies follow, and errProtocol for everything else.
func (e element) other() error {
	if e.kind == '-' {
		return errOther
	}
	return errProtocol
}

const (
	wrongType    = "WRONGTYPE "
	noPermission = "NOPERM "
)

// next reads the next element. The bytes of a string are still to come: value reads them. If they are not read, the
// following next skips them.
func (w *wire) next() (element, error) {
	if err := w.discard(); err != nil {
		return element{}, err
	}
	line, err := w.line()
	if err != nil {
		return element{}, err
	}
	e := element{kind: line[0], text: line[1:]}
	w.left--
	switch e.kind {
	case '+':
		return e, nil
	case '-':
		w.refused = w.refused || !e.harmless()
		return e, nil
	case ':', '$', '*':
		e.n, err = strconv.ParseInt(string(e.text), 10, 64)
	default:
		err = errProtocol
	}
	const longest = 512 << 20 // of a string, unless the server is told otherwise: then the client reads it
	if err != nil || e.kind != ':' && (e.n < -1 || e.n > longest) {
		return e, errProtocol
	}
	switch {
	case e.kind == '*' && e.n > 0:
		w.left += int(e.n)
	case e.kind == '$' && e.n >= 0:
		w.skip = int(e.n) + len("\r\n")
	}
	return e, nil
}

// is reads the next element if it was received as this line. It is faster than next.
func (w *wire) is(line string) bool {
	if w.skip > 0 || !bytes.HasPrefix(w.in[w.r:w.w], []byte(line)) {
		return false
	}
	w.r += len(line)
	w.left--
	return true
}

// line reads a line, without its end. It is not empty, and good until the next read.
func (w *wire) line() ([]byte, error) {
	for seen := 0; ; {
		if i := bytes.IndexByte(w.in[w.r+seen:w.w], '\n'); i >= 0 {
			line := w.in[w.r : w.r+seen+i+1]
			w.r += len(line)
			line, found := bytes.CutSuffix(line, []byte("\r\n"))
			if !found || len(line) == 0 {
				return nil, errProtocol
			}
			return line, nil
		}
		seen = w.w - w.r
		if seen == len(w.in) {
			return nil, errProtocol // no line is that long
		}
		if err := w.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more from the connection.
func (w *wire) fill() error {
	if w.r > 0 {
		w.w = copy(w.in, w.in[w.r:w.w])
		w.r = 0
	}
	n, err := w.conn.Read(w.in[w.w:])
	if w.w += n; n > 0 {
		return nil // an error comes again
	}
	return err
}

// value reads the bytes of the string that next has found, into a slice of its length.
func (w *wire) value(into []byte) error {
	for {
		n := copy(into, w.in[w.r:w.w])
		w.r, w.skip, into = w.r+n, w.skip-n, into[n:]
		if len(into) == 0 {
			return w.discard()
		}
		if len(into) < len(w.in) {
			if err := w.fill(); err != nil {
				return err
			}
			continue
		}
		n, err := w.conn.Read(into)
		w.skip, into = w.skip-n, into[n:]
		if n == 0 && err != nil {
			return err
		}
	}
}

// discard reads what is still to come of the current string.
func (w *wire) discard() error {
	for w.skip > 0 {
		n := min(w.skip, w.w-w.r)
		w.r, w.skip = w.r+n, w.skip-n
		if w.skip > 0 {
			if err := w.fill(); err != nil {
				return err
			}
		}
	}
	return nil
}

// finish reads the rest of the replies, for nobody.
func (w *wire) finish() error {
	for w.left > 0 {
		if _, err := w.next(); err != nil {
			return err
		}
	}
	return w.discard()
}
