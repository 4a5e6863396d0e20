// A panic with a text, over two lines.
package main

import _ "os"

func main() {
	panic("two\nlines")
}
