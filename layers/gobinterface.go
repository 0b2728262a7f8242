package layers

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"reflect"
	"sync"
)

// checkGobInterface refuses a value in an interface whose type does not come back.
func checkGobInterface(v reflect.Value, _ *checking) string {
	if v.IsNil() {
		return ""
	}
	t := v.Elem().Type()
	if l := gobCheckOf(t).loss; l != nil {
		return l.what
	}
	if back := gobRegistered(t); back != t {
		return fmt.Sprintf("a %v in an interface would come back as a %v, which is what was registered with gob.Register", t, back)
	}
	return ""
}

// gobInside returns the node for values of type t in an interface.
func gobInside(t reflect.Type) *checkNode { return gobCheckOf(t).node }

// gobRegistered returns the type with which a value of type t in an interface comes back. It returns t if that is not
// known, because t is not registered, or because gob cannot encode its zero value.
func gobRegistered(t reflect.Type) reflect.Type {
	if back, known := gobBack.Load(t); known {
		return back.(reflect.Type)
	}
	value := reflect.New(t).Elem()
	for at := value; at.Kind() == reflect.Pointer; at = at.Elem() {
		at.Set(reflect.New(at.Type().Elem()))
	}
	sent, got := struct{ Value any }{value.Interface()}, struct{ Value any }{}
	var data bytes.Buffer
	if gob.NewEncoder(&data).Encode(sent) != nil || gob.NewDecoder(&data).Decode(&got) != nil || got.Value == nil {
		return t
	}
	back := reflect.TypeOf(got.Value)
	gobBack.Store(t, back)
	return back
}

// gobBack has the results of gobRegistered. A type is registered once, so they do not change.
var gobBack sync.Map // reflect.Type to reflect.Type
