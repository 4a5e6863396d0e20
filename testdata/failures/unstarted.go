// Goroutines that have not run yet are in the dump: one of a literal, one of a function, one with much to take along.
package main

import _ "os"

func later() {
	panic("not reached")
}

func main() {
	var many [20]int
	go func() {
		panic(many[3])
	}()
	go later()
	go func() {
		later()
	}()
	panic("before they run")
}
