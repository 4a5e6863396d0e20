// main returns while others are in the middle of things: the program just ends.
package main

import (
	_ "os"
	"time"
)

func main() {
	go func() {
		for {
		}
	}()
	go func() { select {} }()
	time.Sleep(20 * time.Millisecond)
	println("end of main")
}
