package main

import (
	"bytes"
	_ "embed"
	"go/format"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"text/template"
)

// wrapper is the data of the template.
type wrapper struct {
	place      token.Position // of the interface
	Constraint string         // the line with its build constraint, or nothing
	Package    string
	Imports    []string // declarations; an empty one stands for an empty line
	Interface  string   // the name of the interface
	TypeParams string   // "[K comparable, V any]", or nothing
	TypeArgs   string   // "[K, V]", or nothing
	Methods    []*method

	// inherited has the names of all methods of the interface.
	inherited map[string]bool
	// Taken is a member of the interface that a ctxcache.Node would hide, or nothing.
	Taken string

	// The names of imported packages in the file.
	Context, Errors, Time, Cached, Ctxcache, Layers string
}

func newWrapper(pkg, name string, iface *types.Interface, names *names) *wrapper {
	w := &wrapper{
		Package:   pkg,
		Interface: name,
		Context:   names.pkg("context", "context"),
		Time:      names.pkg("time", "time"),
		Cached:    names.pkg(module, "cached"),
		Ctxcache:  names.pkg(module+"/ctxcache", "ctxcache"),
		Layers:    names.pkg(module+"/layers", "layers"),
		inherited: map[string]bool{},
	}
	for method := range iface.Methods() {
		w.inherited[method.Name()] = true
	}
	for _, member := range nodeMembers {
		if name == member || w.inherited[member] {
			w.Taken = member
		}
	}
	if w.IsNode() {
		w.Errors = names.pkg("errors", "errors")
	}
	return w
}

// nodeMembers are the methods that a wrapper has as a ctxcache.Node.
var nodeMembers = []string{"Close", "Describe", "Stats"}

// IsNode reports whether the wrapper is a ctxcache.Node. It is not a Node if the interface itself has
// such methods. The wrapper then has the methods of the inner value, and ctxcache.CloseAll would close that value.
func (w *wrapper) IsNode() bool { return w.Taken == "" }

// optionFields are the fields of cached.Options that a field for a method, such as GetTTL, could hide.
var optionFields = []string{"NotFoundTTL"}

// members are the methods that the wrapper has whatever methods are cached, besides the ones of the interface.
func (w *wrapper) members() []string {
	if w.IsNode() {
		return nodeMembers
	}
	return []string{"CachedFunctions"}
}

// declareTypeParameters gives the wrapper the type parameters of the interface.
func (w *wrapper) declareTypeParameters(parameters *types.TypeParamList, names *names) {
	if parameters.Len() == 0 {
		return
	}
	var declared []string
	for parameter := range parameters.TypeParams() {
		declared = append(declared, parameter.Obj().Name()+" "+names.text(parameter.Constraint()))
	}
	w.TypeParams = "[" + strings.Join(declared, ", ") + "]"
	w.TypeArgs = typeArgs(parameters)
}

// typeArgs returns the type parameters as type arguments.
func typeArgs(parameters *types.TypeParamList) string {
	var used []string
	for parameter := range parameters.TypeParams() {
		used = append(used, parameter.Obj().Name())
	}
	return "[" + strings.Join(used, ", ") + "]"
}

// Inner is the interface with its type arguments.
func (w *wrapper) Inner() string { return w.Interface + w.TypeArgs }

// Type is the name of the generated type, which is exported if the interface is.
func (w *wrapper) Type() string { return w.named("Cached", "") }

// Constructor is the name of the function that makes a wrapper.
func (w *wrapper) Constructor() string { return w.named("NewCached", "") }

// Options is the name of the type of the constructor's options.
func (w *wrapper) Options() string { return w.named("Cached", "Options") }

func (w *wrapper) named(prefix, suffix string) string {
	if !token.IsExported(w.Interface) {
		prefix = strings.ToLower(prefix[:1]) + prefix[1:]
	}
	return prefix + upper(w.Interface) + suffix
}

// MethodNames lists the methods that are cached, in words.
func (w *wrapper) MethodNames() string {
	var all []string
	for _, m := range w.Methods {
		all = append(all, m.Name)
	}
	return inWords(all)
}

// CodecFields lists the fields of the options that must be set, in words, or is nothing.
func (w *wrapper) CodecFields() string {
	var all []string
	for _, m := range w.Methods {
		if m.Codec {
			all = append(all, m.CodecField())
		}
	}
	return inWords(all)
}

// declared are the names that the generated file declares in its package.
func (w *wrapper) declared() []string {
	all := []string{w.Type(), w.Constructor(), w.Options()}
	for _, m := range w.Methods {
		all = append(all, m.ArgsType())
	}
	return all
}

//go:embed wrapper.go.tmpl
var source string

var code = template.Must(template.New("wrapper").Funcs(template.FuncMap{"quote": strconv.Quote}).Parse(source))

// render returns the generated file.
func (w *wrapper) render() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(header)
	if err := code.Execute(&out, w); err != nil {
		return nil, err
	}
	return format.Source(out.Bytes())
}
