// Package funcvars replaces function variables, and fields of function type, by cached functions. Their callers need not
// change:
//
//	var userByName = db.UserByName // func(context.Context, string) (User, error)
//
//	handles, err := funcvars.Replace(store, funcvars.Vars{"user.": &userByName}, nil)
//	user, err := userByName(ctx, "ada")                // the second time from the store
//	was, err := handles["user."].Delete(ctx, "ada")
//
// The store holds bytes under strings, as Redis does. A key is a prefix, and the JSON of the arguments. A result is
// stored as JSON, or by a codec for its type, see [CodecFor].
//
// To cache methods of an interface, let cmd/cachegen write a type that does it. To cache one function that may be
// called by another name, use cached.Func or cached.KeyedFunc: those need no reflection.
package funcvars
