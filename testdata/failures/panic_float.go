// A panic with a floating point number.
package main

import _ "os"

func main() {
	panic(1.5)
}
