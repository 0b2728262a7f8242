package main

import (
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

// method is a method that is cached, for the template.
type method struct {
	Name    string
	Prefix  string
	Codec   bool // the options must have one
	Params  []param
	Result  string
	Value   string // the name of the parameter of Set with a result
	Wrapper *wrapper

	KeyFunction string // the function that makes the keys, with type arguments, or nothing
}

// param is a parameter other than the context.
type param struct {
	Name     string
	Type     string // as in a list of parameters
	Field    string // as in a struct
	Variadic bool
	Ignored  bool // it is not part of the key
}

// Field is the field of the wrapper that holds the cached function.
func (m *method) Field() string { return "cached" + upper(m.Name) }

// TTLField is the field of the options with the TTL of the results.
func (m *method) TTLField() string { return upper(m.Name) + "TTL" }

// OptionsField is the field of the options with the options of this method alone.
func (m *method) OptionsField() string { return upper(m.Name) + "Options" }

// CodecField is the field of the options with the codec of the results.
func (m *method) CodecField() string { return upper(m.Name) + "Codec" }

// CodecVariable is the name of the constructor's variable that holds that codec, or the default one.
func (m *method) CodecVariable() string { return "codecOf" + upper(m.Name) }

// ArgsType is the name of the type of the arguments.
func (m *method) ArgsType() string {
	return "cached" + upper(m.Wrapper.Interface) + upper(m.Name) + "Args"
}

// Companion is the name of the method that does what verb says with a result of this method, as in DeleteGetUser. If the
// interface has a method of that name, as with User and DeleteUser, it is DeleteCachedUser.
func (m *method) Companion(verb string) string {
	if !token.IsExported(m.Name) {
		verb = strings.ToLower(verb)
	}
	if name := verb + upper(m.Name); !m.Wrapper.inherited[name] {
		return name
	}
	return verb + "Cached" + upper(m.Name)
}

// members are the names of the fields and methods that the wrapper has for this method, without the method itself.
func (m *method) members() []string {
	all := []string{m.Field()}
	for _, verb := range []string{"Set", "Contains", "Delete", "Refresh", "Clear", "Key", "Stats"} {
		all = append(all, m.Companion(verb))
	}
	return all
}

// kept are the parameters that are part of the key.
func (m *method) kept() []param {
	var kept []param
	for _, p := range m.Params {
		if !p.Ignored {
			kept = append(kept, p)
		}
	}
	return kept
}

// IgnoredNames lists the parameters that are not part of the key, in words, or is nothing.
func (m *method) IgnoredNames() string {
	var all []string
	for _, p := range m.Params {
		if p.Ignored {
			all = append(all, p.Name)
		}
	}
	return inWords(all)
}

// Signature lists the parameters after the context.
func (m *method) Signature() string { return signatureOf(m.Params) }

// KeySignature lists the parameters after the context that are part of the key.
func (m *method) KeySignature() string { return signatureOf(m.kept()) }

// SetSignature lists the parameters of Set after the context: those that are part of the key, and a result. A variadic
// one is a slice, because it is not the last.
func (m *method) SetSignature() string {
	params := m.kept()
	for i := range params {
		params[i].Type = params[i].Field
	}
	return signatureOf(append(params, param{Name: m.Value, Type: m.Result}))
}

func signatureOf(params []param) string {
	var list strings.Builder
	for _, p := range params {
		list.WriteString(", " + p.Name + " " + p.Type)
	}
	return list.String()
}

// Args is a composite literal of ArgsType with the arguments.
func (m *method) Args() string { return m.argsOf(m.Params) }

// KeyArgs is a composite literal of ArgsType with the arguments that are part of the key.
func (m *method) KeyArgs() string { return m.argsOf(m.kept()) }

func (m *method) argsOf(params []param) string {
	var list []string
	for _, p := range params {
		list = append(list, p.Name+": "+p.Name)
	}
	return m.ArgsType() + m.Wrapper.TypeArgs + "{" + strings.Join(list, ", ") + "}"
}

// Passed lists the arguments as a call of the inner method has them, taken from args.
func (m *method) Passed() string { return passed(m.Params) }

// KeyPassed lists the arguments as a call of the key function has them, taken from args.
func (m *method) KeyPassed() string { return passed(m.kept()) }

func passed(params []param) string {
	var list strings.Builder
	for _, p := range params {
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
	for _, p := range m.kept() {
		if !p.Variadic {
			list = append(list, "args."+p.Name)
		}
	}
	return strings.Join(list, ", ")
}

// Rest is the name of the variadic parameter in the key, or nothing.
func (m *method) Rest() string {
	for _, p := range m.kept() {
		if p.Variadic {
			return p.Name
		}
	}
	return ""
}

func upper(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}
