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
	"unicode"
	"unicode/utf8"
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

	// The names of imported packages in the file.
	Context, Cached, Ctxcache, Layers string
}

// method is a method that is cached.
type method struct {
	Name     string
	Prefix   string
	Codec    bool // the options must have one
	Params   []param
	Variadic bool
	Result   string
	Wrapper  *wrapper

	KeyFunction string // the function that makes the keys, with type arguments, or nothing
}

// param is a parameter other than the context.
type param struct {
	Name     string
	Type     string // as in a list of parameters
	Field    string // as in a struct
	Variadic bool
}

func newWrapper(pkg, name string, names *names) *wrapper {
	return &wrapper{
		Package:   pkg,
		Interface: name,
		Context:   names.pkg("context", "context"),
		Cached:    names.pkg(module, "cached"),
		Ctxcache:  names.pkg(module+"/ctxcache", "ctxcache"),
		Layers:    names.pkg(module+"/layers", "layers"),
	}
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
	var list strings.Builder
	for i, m := range w.Methods {
		switch {
		case i == 0:
		case i == len(w.Methods)-1:
			list.WriteString(" and ")
		default:
			list.WriteString(", ")
		}
		list.WriteString(m.Name)
	}
	return list.String()
}

// declared are the names that the generated file declares in its package.
func (w *wrapper) declared() []string {
	all := []string{w.Type(), w.Constructor(), w.Options()}
	for _, m := range w.Methods {
		all = append(all, m.ArgsType())
	}
	return all
}

// Field is the field of the wrapper that holds the cached function.
func (m *method) Field() string { return "cached" + upper(m.Name) }

// CodecField is the field of the options with the codec of the results.
func (m *method) CodecField() string { return upper(m.Name) + "Codec" }

// CodecVariable is the name of the constructor's variable that holds that codec, or the default one.
func (m *method) CodecVariable() string { return "codecOf" + upper(m.Name) }

// ArgsType is the name of the type of the arguments.
func (m *method) ArgsType() string {
	return "cached" + upper(m.Wrapper.Interface) + upper(m.Name) + "Args"
}

// Companion is the name of the method that does what verb says with a result of this method, as in DeleteGetUser.
func (m *method) Companion(verb string) string {
	if !token.IsExported(m.Name) {
		verb = strings.ToLower(verb)
	}
	return verb + upper(m.Name)
}

// members are the names of the fields and methods that the wrapper has for this method, without the method itself.
func (m *method) members() []string {
	all := []string{m.Field()}
	for _, verb := range []string{"Contains", "Delete", "Refresh", "Clear", "Key", "Stats"} {
		all = append(all, m.Companion(verb))
	}
	return all
}

// Signature lists the parameters without the context.
func (m *method) Signature() string {
	var list []string
	for _, p := range m.Params {
		list = append(list, p.Name+" "+p.Type)
	}
	return strings.Join(list, ", ")
}

// Args is a composite literal of ArgsType with the arguments.
func (m *method) Args() string {
	var list []string
	for _, p := range m.Params {
		list = append(list, p.Name+": "+p.Name)
	}
	return m.ArgsType() + m.Wrapper.TypeArgs + "{" + strings.Join(list, ", ") + "}"
}

// Passed lists the arguments as a call of the inner method has them, taken from args.
func (m *method) Passed() string {
	var list strings.Builder
	for _, p := range m.Params {
		list.WriteString(", args." + p.Name)
		if p.Variadic {
			list.WriteString("...")
		}
	}
	return list.String()
}

// Keyed lists the arguments of the key, taken from args, without the variadic ones.
func (m *method) Keyed() string {
	var list []string
	for _, p := range m.Params {
		if !p.Variadic {
			list = append(list, "args."+p.Name)
		}
	}
	return strings.Join(list, ", ")
}

// Rest is the variadic parameter.
func (m *method) Rest() param { return m.Params[len(m.Params)-1] }

func upper(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
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
