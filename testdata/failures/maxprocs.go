// Says whether GOMAXPROCS is what the machine has: a value that makes no sense is passed over.
package main

import (
	_ "os"
	"runtime"
)

func main() {
	println("default:", runtime.GOMAXPROCS(0) == runtime.NumCPU())
	println("three:", runtime.GOMAXPROCS(0) == 3)
}
