package sim_test

// variant is what is done to the stack, on purpose. The zero value is the stack as it is.
type variant struct {
	incoherent bool
	near       func(cache) cache // a part of every stack
	client     func(cache) cache // likewise
	far        func(cache) cache // what they share
}

func (v variant) overNear(c cache) cache   { return over(v.near, c) }
func (v variant) overClient(c cache) cache { return over(v.client, c) }
func (v variant) overFar(c cache) cache    { return over(v.far, c) }

func over(wrap func(cache) cache, c cache) cache {
	if wrap == nil {
		return c
	}
	return wrap(c)
}
