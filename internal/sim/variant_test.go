package sim_test

// variant is a change to the stack. The zero value is the unchanged stack.
type variant struct {
	incoherent bool
	near       func(cache) cache // changes a part of every stack
	client     func(cache) cache // changes a part of every stack
	far        func(cache) cache // changes the part that they share
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
