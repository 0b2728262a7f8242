package layers

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"unicode/utf8"
)

// marshalJSON is json.Marshal, but does not escape <, > and & for HTML. Raw JSON with such characters would come back in
// another form.
func marshalJSON(value any) ([]byte, error) {
	var text jsonText
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text, []byte("\n")), nil
}

// jsonText is what an encoder has written. It gets a text in one piece.
type jsonText []byte

func (t *jsonText) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	return len(p), nil
}

// mayBeMangled reports whether there may be a string in text in which encoding/json has replaced bytes that are not
// UTF-8 by U+FFFD. It writes this U+FFFD as an escape, and a genuine one as it is. With GOEXPERIMENT=jsonv2, it writes
// both as they are.
func mayBeMangled(text []byte) bool {
	return bytes.Contains(text, []byte(`\ufffd`)) || bytes.Contains(text, []byte("\ufffd"))
}

// isDeep reports whether text is nested so deep that encoding/json cannot read it.
func isDeep(text []byte) bool {
	if len(text) < 2*maxDepth { // a level has at least two characters
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}

// hasInvalidText reports whether a string in v is not valid UTF-8. It is for values that encoding/json has written, so
// they do not contain themselves. It looks into every exported field, and asks values that make their own text for it.
// It trusts MarshalJSON.
func hasInvalidText(v reflect.Value, addressable bool) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return false
		}
	}
	switch jsonMethod(v.Type(), addressable) {
	case "MarshalJSON":
		return v.Type() == rawType && !utf8.Valid(v.Bytes())
	case "MarshalText":
		return v.Kind() != reflect.Interface && !hasValidText(v)
	}
	switch v.Kind() {
	case reflect.String:
		return !utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return hasInvalidText(v.Elem(), true)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if hasInvalidText(v.Index(i), addressable || v.Kind() == reflect.Slice) {
				return true
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if hasInvalidKey(entries.Key()) || hasInvalidText(entries.Value(), false) {
				return true
			}
		}
	case reflect.Struct:
		for field, part := range v.Fields() {
			if (field.IsExported() || field.Anonymous) && hasInvalidText(part, addressable) {
				return true
			}
		}
	}
	return false
}

func hasInvalidKey(key reflect.Value) bool {
	if key.Kind() == reflect.String {
		return !utf8.ValidString(key.String())
	}
	return key.Type().Implements(textMarshaler) && !hasValidText(key)
}

// hasValidText reports whether the text that v makes of itself is valid UTF-8.
func hasValidText(v reflect.Value) bool {
	m, ok := reflect.TypeAssert[encoding.TextMarshaler](v)
	if !ok {
		if !v.CanAddr() {
			return true
		}
		if m, ok = reflect.TypeAssert[encoding.TextMarshaler](v.Addr()); !ok {
			return true
		}
	}
	text, err := m.MarshalText()
	return err == nil && utf8.Valid(text)
}
