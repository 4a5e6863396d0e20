// A panic with a number.
package main

import _ "os"

func main() {
	panic(42)
}
