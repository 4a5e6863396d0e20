// The main goroutine ends by Goexit, and nobody is left.
package main

import (
	_ "os"
	"runtime"
)

func main() {
	runtime.Goexit()
}
