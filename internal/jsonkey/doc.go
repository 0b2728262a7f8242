// Package jsonkey makes cache keys of arguments. A key is a compact JSON array. Of returns an error if different
// arguments could have the same JSON.
//
//	key, err := jsonkey.Of("ada", 7)                         // ["ada",7]
//	problem := jsonkey.Problem(reflect.TypeFor[User]())      // why User cannot be part of a key, or ""
//	problem = jsonkey.ResultProblem(reflect.TypeFor[User]()) // why User does not come back from JSON, or ""
//
// Most is decided by the type: interfaces, fields that JSON leaves out, pointers to pointers. Of looks at the value
// where only some values of a type share their JSON with others, such as -0 in a field with omitempty.
//
// A type that marshals itself is trusted to make different JSON of different values. So a time.Time counts as its
// instant and its offset from UTC: neither the name of its zone nor a monotonic reading is in the key.
package jsonkey
