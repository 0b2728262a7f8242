package layers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// jsonMethod returns the method by which values of type t make their JSON, or "".
func jsonMethod(t reflect.Type, addressable bool) string {
	implements := func(method reflect.Type) bool {
		return t.Implements(method) || addressable && t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(method)
	}
	switch {
	case implements(jsonMarshaler):
		return "MarshalJSON"
	case implements(textMarshaler):
		return "MarshalText"
	}
	return ""
}

// jsonReader returns the method by which values of type t read their JSON, or "". Values that are read are always
// addressable.
func jsonReader(t reflect.Type) string {
	if t.Kind() != reflect.Pointer {
		t = reflect.PointerTo(t)
	}
	switch {
	case t.Implements(jsonUnmarshaler):
		return "UnmarshalJSON"
	case t.Implements(textUnmarshaler):
		return "UnmarshalText"
	}
	return ""
}

// ownLoss is loss for a type with a method that makes its JSON.
func (c *jsonTypes) ownLoss(t reflect.Type, addressable bool, method string) *loss {
	reader := jsonReader(t)
	if reader == "" {
		return &loss{
			fmt.Sprintf("%v has the method %s, but no method that reads what it writes", t, method),
			"declare " + strings.Replace(method, "Marshal", "Unmarshal", 1),
		}
	}
	if embedded, is := borrowed(t, method); is {
		if l := hides(t, embedded, method); l != nil {
			return l
		}
		return c.loss(embedded.Type, addressable)
	}
	if embedded, is := borrowed(t, reader); is {
		return misses(t, embedded, reader)
	}
	return nil
}

// readerLoss is loss for a type that encoding/json writes without a method, and reads by the method reader. It returns
// nil if the values show whether they come back: see checkReread.
func readerLoss(t reflect.Type, addressable bool, reader string) *loss {
	if method := jsonMethod(t, true); method != "" && !addressable {
		return &loss{
			fmt.Sprintf("encoding/json reads a %v in a map by %s, but cannot use its method %s there", t, reader, method),
			fmt.Sprintf("use *%v", t),
		}
	}
	if embedded, is := borrowed(t, reader); is {
		return misses(t, embedded, reader)
	}
	if reader == "UnmarshalText" && t.Kind() != reflect.String && !isBase64(t) {
		return &loss{fmt.Sprintf("%v has the method %s, but encoding/json does not write it as a text", t, reader), "declare MarshalText"}
	}
	return nil
}

// isBase64 reports whether encoding/json writes values of the slice type t as one text.
func isBase64(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && jsonMethod(t.Elem(), true) == ""
}

// mixes reports whether values of type t are not written and read by two methods that belong together. They are then not
// trusted. A method that is embedded belongs to another type.
func mixes(t reflect.Type, addressable bool) bool {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return false // what it points to mixes
	}
	writer, reader := jsonMethod(t, addressable), jsonReader(t)
	if reader == "" || strings.Replace(writer, "Marshal", "Unmarshal", 1) != reader {
		return reader != ""
	}
	_, writes := borrowed(t, writer)
	_, reads := borrowed(t, reader)
	return writes != reads
}

// checkReread returns a check that reads a value of type t from its JSON, and refuses it if it then has another JSON.
// It is for types that mix.
func checkReread(t reflect.Type) func(reflect.Value, *checking) string {
	why := fmt.Sprintf("a %v is read in another way than it is written, and would come back as another one, or not at all", t)
	return func(v reflect.Value, c *checking) string {
		if c.reread { // as a part of the value around it
			return ""
		}
		c.reread = true
		if v.CanAddr() {
			v = v.Addr()
		}
		text, err := marshalJSON(v.Interface())
		if err != nil {
			return why
		}
		back := reflect.New(t)
		if json.Unmarshal(text, back.Interface()) != nil {
			return why
		}
		if v.Kind() != reflect.Pointer { // without an address, encoding/json uses fewer methods
			back = back.Elem()
		}
		if again, err := marshalJSON(back.Interface()); err != nil || !bytes.Equal(again, text) {
			return why
		}
		return ""
	}
}
