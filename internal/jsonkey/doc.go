// Package jsonkey makes cache keys of arguments. A key is a compact JSON array. Of returns an error if different
// arguments could have the same JSON.
//
//	key, err := jsonkey.Of("ada", 7)                         // ["ada",7]
//	problem := jsonkey.Problem(reflect.TypeFor[User]())      // why User cannot be part of a key, or ""
//	problem = jsonkey.ResultProblem(reflect.TypeFor[User]()) // why User does not come back from JSON, or ""
package jsonkey
