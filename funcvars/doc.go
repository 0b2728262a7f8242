// Package funcvars replaces function variables, and struct fields of function type, by cached functions. Their callers
// need not change:
//
//	var userByName = db.UserByName // func(context.Context, string) (User, error)
//
//	handles, err := funcvars.Replace(store, funcvars.Vars{"user.": &userByName}, nil)
//	user, err := userByName(ctx, "ada")                // the second call gets it from the store
//	was, err := handles["user."].Delete(ctx, "ada")
//	err = handles["user."].Set(ctx, []any{"ada"}, user)
//
// The store has string keys and []byte values, as Redis does. A key is a prefix followed by the JSON of the arguments.
// A result is stored as JSON, or by a codec for its type (see [CodecFor]).
//
// A key must have everything that the function looks at. JSON does not record the type of a value in an interface, so a
// function with interfaces in its arguments is refused, unless Options.Keys has a function that makes the key:
//
//	func areaKey(ctx context.Context, s Shape) (string, error) { return cached.JSONKey(fmt.Sprintf("%T", s), s) }
//
//	&funcvars.Options{Keys: funcvars.Keys{"area.": areaKey}}
//
// [Replace] says which other arguments are refused.
//
// To cache the methods of an interface, use cmd/cachegen, which writes a type that does it. To cache one function under
// another name, use cached.Func or cached.KeyedFunc, which need no reflection.
package funcvars
