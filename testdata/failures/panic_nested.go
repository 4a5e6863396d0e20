// A panic while another one is handled.
package main

import _ "os"

func handle() {
	recover()
	panic("second")
}

func main() {
	defer handle()
	panic("first")
}
