// A panic in a goroutine whose creator, and that one's, have ended.
package main

import _ "os"

func third() {
	panic("third")
}

func second() {
	go third()
}

func first() {
	go second()
}

func main() {
	go first()
	select {}
}
