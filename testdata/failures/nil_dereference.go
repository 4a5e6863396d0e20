// A write through a nil pointer.
package main

import _ "os"

type point struct{ x, y int }

//go:noinline
func set(p *point) {
	p.y = 1
}

func main() {
	set(nil)
	println("not reached")
}
