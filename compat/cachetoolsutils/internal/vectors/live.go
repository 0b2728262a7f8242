package vectors

import (
	"encoding/json"
	"fmt"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
)

// Live is a case with a stack of caches over a server.
type Live struct {
	Backend    string
	Stack      []Layer // innermost first
	Call       Call
	Value      Typed
	KeyStr     Hex    `json:"key_str"`
	RawKey     Hex    `json:"raw_key"`
	RawValue   Hex    `json:"raw_value"`
	Flags      *int64 // nil on Redis
	TTL        int64  `json:"ttl"` // in seconds; -1 means never
	Read       Result
	WriteError string `json:"write_error"`
}

// Layer is one layer of a stack.
type Layer struct {
	Type   string
	TTL    *int64 // in seconds; nil means never
	Raw    bool
	Prefix Typed
	Encryption
	AutoPrefixing
	Sep       string
	First     string
	Resilient bool
}

// Call is the call that an application makes.
type Call struct {
	Via     string
	Key     Typed
	Options map[string]Typed
	KeyFunc string `json:"key_func"`
	Args    []Typed
	Kwargs  []Named
	Prefix  *Typed // the prefix of cached functions and methods
}

// Result is the expected result of a call: a value or an error.
type Result struct {
	Value *Typed
	Error string
}

// Named is an argument with a name.
type Named struct {
	Name  string
	Value Value
}

// UnmarshalJSON reads [name, value].
func (n *Named) UnmarshalJSON(data []byte) error {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	var name Hex
	var value Typed
	if err := json.Unmarshal(pair[0], &name); err != nil {
		return err
	}
	err := json.Unmarshal(pair[1], &value)
	n.Name, n.Value = string(name), value.Value
	return err
}

// Arguments returns the positional and the named arguments of the call.
func Arguments(args []Typed, kwargs []Named) cachetoolsutils.Arguments {
	positional := make([]Value, len(args))
	for i, arg := range args {
		positional[i] = arg.Value
	}
	arguments := cachetoolsutils.Args(positional...)
	for _, arg := range kwargs {
		arguments = arguments.With(arg.Name, arg.Value)
	}
	return arguments
}

// Decorated reports whether the call calls a cached function.
func (c *Call) Decorated() bool { return c.Via != "item" && c.Via != "set" }

// ApplicationKey returns the key of the call, before any layer changes it: the key of an item, or the key that the key
// function makes of the arguments.
func (c *Call) ApplicationKey() (Key, error) {
	switch c.Via {
	case "item", "set":
		return cachetoolsutils.KeyOf(c.Key.Value)
	case "cached", "cacheFunctions", "cacheMethods":
		return c.functionKey()
	}
	return Key{}, fmt.Errorf("unknown way to call %q", c.Via)
}

// functionKey returns the key that the key function makes of the arguments.
func (c *Call) functionKey() (Key, error) {
	arguments := Arguments(c.Args, c.Kwargs)
	var key Value
	var err error
	switch c.KeyFunc {
	case "json_key":
		key, err = cachetoolsutils.JSONKey(arguments)
	case "hash_json_key":
		key, err = cachetoolsutils.HashJSONKey(arguments)
	case "full_hash_key":
		key, err = cachetoolsutils.FullHashKey(arguments)
	case "hashkey":
		key = cachetoolsutils.HashKey(arguments)
	case "typedkey":
		key = cachetoolsutils.TypedKey(arguments)
	default:
		err = fmt.Errorf("unknown key function %q", c.KeyFunc)
	}
	if err != nil {
		return Key{}, err
	}
	return cachetoolsutils.KeyOf(key)
}
