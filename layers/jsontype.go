package layers

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// jsonTypes finds out what encoding/json does not keep of the values of a type.
type jsonTypes struct{ seen map[jsonStep]bool }

// jsonStep is a type in a place where encoding/json may, or may not, use the methods of a pointer to the value.
type jsonStep struct {
	typ         reflect.Type
	addressable bool
}

// loss returns the first loss that it finds in t, or nil. It trusts types that marshal and unmarshal themselves.
func (c *jsonTypes) loss(t reflect.Type, addressable bool) *loss {
	step := jsonStep{t, addressable}
	if c.seen[step] {
		return nil
	}
	c.seen[step] = true
	switch writer, reader := jsonMethod(t, addressable), jsonReader(t); {
	case t.Kind() == reflect.Interface:
	case writer != "":
		return c.ownLoss(t, addressable, writer)
	case reader != "" && t.Kind() != reflect.Pointer:
		if l := readerLoss(t, addressable, reader); l != nil {
			return l
		}
	}
	switch t.Kind() {
	case reflect.Interface:
		return &loss{fmt.Sprintf("JSON does not record the type of the value in %s", named(t)), "use a type of its own for each value"}
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return &loss{fmt.Sprintf("%v has no JSON", t), "leave it out"}
	case reflect.Pointer:
		return c.loss(t.Elem(), true)
	case reflect.Slice:
		if isBase64(t) { // methods that read elements are not used
			return nil
		}
		return c.loss(t.Elem(), true)
	case reflect.Array:
		return c.loss(t.Elem(), addressable)
	case reflect.Map:
		if l := c.keyLoss(t); l != nil {
			return l
		}
		return c.loss(t.Elem(), false) // encoding/json does not use the methods of a pointer to a value in a map
	case reflect.Struct:
		return c.structLoss(t, addressable)
	}
	return nil
}

// named names an interface type as programs write it.
func named(t reflect.Type) string {
	if t.NumMethod() == 0 && t.Name() == "" {
		return "any"
	}
	return t.String()
}

// keyLoss is loss for the keys of a map.
func (c *jsonTypes) keyLoss(t reflect.Type) *loss {
	key := t.Key()
	switch {
	case isJSONName(key) && !key.Implements(textMarshaler):
		return nil
	case key.Kind() == reflect.String: // encoding/json writes it as it is, whatever its methods are
		return nil
	case key.Implements(textMarshaler) && key.Kind() != reflect.Interface && reflect.PointerTo(key).Implements(textUnmarshaler):
		return nil
	}
	return &loss{fmt.Sprintf("JSON cannot bring back the keys of %v", t), "use keys that are strings or integers"}
}

// isJSONName reports whether encoding/json makes the name of a member of values of type t: strings and integers.
func isJSONName(t reflect.Type) bool {
	v := reflect.Zero(t)
	return t.Kind() == reflect.String || v.CanInt() || v.CanUint()
}

// structLoss is loss for the fields of a struct type, including the fields of embedded structs, which encoding/json
// writes as if they were fields of t.
func (c *jsonTypes) structLoss(t reflect.Type, addressable bool) *loss {
	return c.fieldLoss(t, addressable, map[string]string{}, map[reflect.Type]bool{})
}

// fieldLoss is structLoss for t and the structs that embed it. Names has the fields so far, by their names in JSON.
func (c *jsonTypes) fieldLoss(t reflect.Type, addressable bool, names map[string]string, outer map[reflect.Type]bool) *loss {
	outer[t] = true
	defer delete(outer, t)
	for field := range t.Fields() {
		if isEmptyOfState(field) && !field.IsExported() {
			continue
		}
		tag := readJSONTag(field)
		if tag.skip {
			return &loss{fmt.Sprintf(`%s has the tag json:"-"`, fieldOf(t, field.Name)), "remove the tag"}
		}
		if embedded := tag.embeds(field); embedded != nil {
			if l := c.embeddedLoss(t, field, embedded, addressable, names, outer); l != nil {
				return l
			}
			continue
		}
		if !field.IsExported() {
			return &loss{fieldOf(t, field.Name) + " is not exported", "export it"}
		}
		if other, taken := names[tag.name]; taken {
			return &loss{
				fmt.Sprintf("%s and %s have the same name in JSON, %q", fieldOf(t, field.Name), other, tag.name),
				"give one of them another name by a tag",
			}
		}
		names[tag.name] = fieldOf(t, field.Name)
		if l := c.loss(field.Type, addressable); l != nil {
			return l
		}
	}
	return nil
}

// embeddedLoss is fieldLoss for a field of t that embeds a struct, or a pointer to one.
func (c *jsonTypes) embeddedLoss(
	t reflect.Type, field reflect.StructField, embedded reflect.Type, addressable bool, names map[string]string, outer map[reflect.Type]bool,
) *loss {
	pointer := field.Type.Kind() == reflect.Pointer
	switch {
	case outer[embedded]:
		return &loss{fmt.Sprintf("%v embeds itself", embedded), "give the field a name"}
	case jsonMethod(field.Type, addressable) != "" && !pointer:
		return &loss{
			fmt.Sprintf("the JSON of %v does not use the methods of its embedded %v", t, embedded),
			"give the embedded field a name by a tag",
		}
	case pointer && !field.IsExported():
		return &loss{fmt.Sprintf("JSON cannot be read into the embedded %v of %v, which is not exported", field.Type, t), "embed the struct itself"}
	case pointer && !alwaysWritten(embedded):
		return &loss{
			fmt.Sprintf("the JSON of %v may not record whether its embedded %v is nil", t, field.Type),
			"embed the struct itself, or give the field a name by a tag",
		}
	}
	return c.fieldLoss(embedded, addressable || pointer, names, outer)
}

// alwaysWritten reports whether the JSON of the struct type t has a member, whatever its value is.
func alwaysWritten(t reflect.Type) bool {
	for field := range t.Fields() {
		tag := readJSONTag(field)
		if field.IsExported() && !tag.skip && tag.embeds(field) == nil && !tag.omitEmpty && !tag.omitZero {
			return true
		}
	}
	return false
}

// jsonTag is what encoding/json does with a field.
type jsonTag struct {
	name                      string
	tagged                    bool // whether the name is from the tag
	skip, omitEmpty, omitZero bool
}

func readJSONTag(field reflect.StructField) (tag jsonTag) {
	text := field.Tag.Get("json")
	if text == "-" {
		return jsonTag{skip: true}
	}
	name, options, _ := strings.Cut(text, ",")
	tag.name, tag.tagged = name, isJSONTagName(name)
	if !tag.tagged {
		tag.name = field.Name
	}
	for option := range strings.SplitSeq(options, ",") {
		tag.omitEmpty = tag.omitEmpty || option == "omitempty"
		tag.omitZero = tag.omitZero || option == "omitzero"
	}
	return tag
}

// embeds returns the struct whose fields encoding/json writes in place of this field, or nil.
func (tag jsonTag) embeds(field reflect.StructField) reflect.Type {
	t := field.Type
	if !field.Anonymous || tag.tagged {
		return nil
	}
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// isJSONTagName reports whether encoding/json accepts a name in a tag. It ignores other names.
func isJSONTagName(name string) bool {
	for _, c := range name {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return name != ""
}
