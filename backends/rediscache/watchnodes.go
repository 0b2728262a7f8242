package rediscache

import (
	"bytes"
	"net"
	"slices"
	"strings"
)

// nodes are the nodes of a cluster, as one of them knows them.
type nodes struct {
	self    node
	masters []node // those that serve keys, or may do so in a moment
}

// node is a node of a cluster.
type node struct {
	id         string
	host, port string
	name       string // the name of the host that the node announces; "" without one
}

// parseNodes parses the answer to CLUSTER NODES. It has a line for each node:
//
//	id host:port@bus[,name] flags master ping pong epoch link [slot ...]
func parseNodes(text []byte) (nodes, error) {
	var all nodes
	text = bytes.TrimPrefix(text, []byte("txt:")) // of a verbatim string
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		const address, flags, link, slots = 1, 2, 7, 8
		if len(fields) < slots {
			return nodes{}, errProtocol
		}
		addr, name, _ := strings.Cut(fields[address], ",")
		name, _, _ = strings.Cut(name, ",") // further fields may follow
		addr, _, _ = strings.Cut(addr, "@")
		i := strings.LastIndexByte(addr, ':') // the host may have colons, and has no brackets
		if i < 0 {
			return nodes{}, errProtocol
		}
		n := node{id: fields[0], host: addr[:i], port: addr[i+1:], name: name}
		is := strings.Split(fields[flags], ",")
		if slices.Contains(is, "myself") {
			all.self = n
		}
		if serves(is, fields[link], len(fields) > slots) {
			all.masters = append(all.masters, n)
		}
	}
	if all.self.id == "" {
		return nodes{}, errProtocol
	}
	return all, nil
}

// serves reports whether a node may change keys. A master without slots may: while a slot moves to it, clients already
// write there. If it has failed, it does not. A former master stays in the list so.
func serves(flags []string, link string, slots bool) bool {
	is := func(flag string) bool { return slices.Contains(flags, flag) }
	if !is("master") || is("handshake") || is("noaddr") {
		return false
	}
	return slots || link == "connected" && !is("fail") && !is("fail?")
}

// mastersWithout returns the masters that are not known by their IDs.
func (n nodes) mastersWithout(known map[string]bool) (unknown []node) {
	for _, master := range n.masters {
		if !known[master.id] {
			unknown = append(unknown, master)
		}
	}
	return unknown
}

// addr returns the address of n for those who have reached self at an address. If they have done so by the name of its
// host, they need the name of this one, too: its certificate may have only that.
func (n node) addr(self node, at string) string {
	host := n.host
	if reached, _, err := net.SplitHostPort(at); err == nil && n.name != "" && reached == self.name {
		host = n.name
	}
	return net.JoinHostPort(host, n.port)
}
