package latecopies

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Command is a command of a client.
type Command struct {
	// Name is in lower case, such as "evalsha" or "cas".
	Name string

	// Args are the other words. The last argument of a Memcached command that stores something is the data.
	Args []string
}

// Match picks commands. It is called with every command that no hold before it has picked, and for several connections
// at the same time. A Match that returns false can record commands. One that blocks delays a command, and what follows it
// on its connection.
type Match func(Command) bool

// About picks commands that have key among their arguments, as it is stored. If there are names, the command must have
// one of them.
func About(key string, names ...string) Match {
	return func(c Command) bool {
		return slices.Contains(c.Args, key) && (len(names) == 0 || slices.Contains(names, c.Name))
	}
}

// Named picks commands with one of these names, which are in lower case.
func Named(names ...string) Match {
	return func(c Command) bool { return slices.Contains(names, c.Name) }
}

// Protocol is how clients send commands. It reads one command, and returns it with all its bytes. It returns an error of
// the reader as it is.
type Protocol func(*bufio.Reader) (Command, []byte, error)

// Redis reads a command in RESP, as an array of bulk strings.
func Redis(r *bufio.Reader) (Command, []byte, error) {
	raw, n, err := header(r, nil, '*')
	if err != nil {
		return Command{}, raw, err
	}
	words := make([]string, n)
	for i := range words {
		var size int
		if raw, size, err = header(r, raw, '$'); err != nil {
			return Command{}, raw, err
		}
		if raw, words[i], err = data(r, raw, size); err != nil {
			return Command{}, raw, err
		}
	}
	return command(words, raw)
}

// header reads a line with a kind and a number, and appends it to raw.
func header(r *bufio.Reader, raw []byte, kind byte) ([]byte, int, error) {
	line, err := r.ReadString('\n')
	raw = append(raw, line...)
	if err != nil {
		return raw, 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(line[1:]))
	if err != nil || line[0] != kind || n < 0 {
		return raw, 0, fmt.Errorf("the client sent %q, want %q and a number", line, kind)
	}
	return raw, n, nil
}

// data reads size bytes and the end of the line, and appends both to raw.
func data(r *bufio.Reader, raw []byte, size int) ([]byte, string, error) {
	text := make([]byte, size+len("\r\n"))
	n, err := io.ReadFull(r, text)
	return append(raw, text[:n]...), string(text[:min(n, size)]), err
}

// Memcached reads a command in the text protocol, with its data if it stores something.
func Memcached(r *bufio.Reader) (Command, []byte, error) {
	line, err := r.ReadString('\n')
	raw := []byte(line)
	if err != nil {
		return Command{}, raw, err
	}
	words := strings.Fields(line)
	at := 0 // the word with the size of the data
	switch {
	case len(words) == 0:
	case slices.Contains([]string{"set", "add", "replace", "append", "prepend", "cas"}, words[0]):
		at = 4
	case words[0] == "ms":
		at = 2
	}
	if at == 0 {
		return command(words, raw)
	}
	if len(words) <= at {
		return Command{}, raw, fmt.Errorf("the client sent %q without a size", line)
	}
	size, err := strconv.Atoi(words[at])
	if err != nil {
		return Command{}, raw, fmt.Errorf("the client sent %q: %w", line, err)
	}
	raw, stored, err := data(r, raw, size)
	if err != nil {
		return Command{}, raw, err
	}
	return command(append(words, stored), raw)
}

func command(words []string, raw []byte) (Command, []byte, error) {
	if len(words) == 0 {
		return Command{}, raw, fmt.Errorf("the client sent an empty command: %q", raw)
	}
	return Command{strings.ToLower(words[0]), words[1:]}, raw, nil
}
