package ctxcache

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
)

// Close closes c if there is something to close, which means that c has a method Close() error, and returns nil
// otherwise. What c wraps stays open: a stack is closed layer by layer, the outermost first (rule 10). [CloseAll]
// closes a whole stack.
func Close[K comparable, V any](c Cache[K, V]) error {
	if closer, ok := c.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// CloseAll closes the stacks under nodes: first the nodes themselves, then what they stand on, each node once, however
// many stand on it. A cached function drains: its Close(ctx) waits for its loads until ctx is done. A client that you
// made is not a node, and stays open.
//
// It closes everything, whatever fails or panics meanwhile, and returns what failed, joined.
func CloseAll(ctx context.Context, nodes ...Node) error {
	return errors.Join(closeEach(ctx, outermostFirst(nodes))...)
}

// closeEach closes nodes, and returns the errors.
func closeEach(ctx context.Context, nodes []Node) (failed []error) {
	if len(nodes) == 0 {
		return nil
	}
	defer func() { failed = append(failed, closeEach(ctx, nodes[1:])...) }() // even if the first one panics
	return []error{closeNode(ctx, nodes[0])}
}

func closeNode(ctx context.Context, node Node) error {
	if drainer, ok := nodeAs[interface{ Close(context.Context) error }](node); ok {
		return drainer.Close(ctx)
	}
	if closer, ok := nodeAs[io.Closer](node); ok {
		return closer.Close()
	}
	return nil
}

// outermostFirst returns all nodes of the stacks, each once, and none before a node that stands on it.
func outermostFirst(nodes []Node) []Node {
	var order []Node
	seen := make(map[Node]bool)
	var visit func(Node)
	visit = func(node Node) {
		if reflect.ValueOf(node).Comparable() { // a node that cannot be compared is new each time
			if seen[node] {
				return
			}
			seen[node] = true
		}
		for _, child := range slices.Backward(node.Describe().Children) {
			visit(child)
		}
		order = append(order, node)
	}
	for _, node := range slices.Backward(nodes) {
		visit(node)
	}
	slices.Reverse(order) // now no node stands on one that follows it
	return order
}
