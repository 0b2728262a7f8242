package memory

// complete calls work, which calls functions of the caller, again and again until it returns. Work must go on behind the
// function that has panicked, or has called runtime.Goexit. The first panic, or Goexit, goes on at the end. The other
// panics do not, so the stack does not grow with their number.
func complete(work func()) {
	returned := false
	defer func() {
		if !returned {
			finish(work)
		}
	}()
	work()
	returned = true
}

// finish is complete without panics: the caller has one already.
func finish(work func()) {
	returned := false
	defer func() {
		if !returned { // runtime.Goexit, which nothing stops
			finish(work)
		}
	}()
	for !returned {
		returned = attempt(work)
	}
}

// attempt calls work, and reports whether it has returned without a panic.
func attempt(work func()) (returned bool) {
	defer func() { _ = recover() }()
	work()
	return true
}
