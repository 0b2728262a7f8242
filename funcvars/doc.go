// Package funcvars replaces function variables, and struct fields of function type, by cached functions. Their callers
// need not change:
//
//	var userByName = db.UserByName // func(context.Context, string) (User, error)
//
//	handles, err := funcvars.Replace(store, funcvars.Vars{"user.": &userByName}, nil)
//	user, err := userByName(ctx, "ada")                // the second call gets it from the store
//	was, err := handles["user."].Delete(ctx, "ada")
//
// The store has string keys and []byte values, as Redis does. A key is a prefix followed by the JSON of the arguments.
// A result is stored as JSON, or by a codec for its type (see [CodecFor]).
//
// To cache the methods of an interface, use cmd/cachegen, which writes a type that does it. To cache one function under
// another name, use cached.Func or cached.KeyedFunc, which need no reflection.
package funcvars
