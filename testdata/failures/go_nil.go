// A goroutine of no function.
package main

import _ "os"

func main() {
	var f func()
	go f()
}
