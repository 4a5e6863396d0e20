// A program that ends as it wants to, while others still run.
package main

import "os"

func main() {
	go func() {
		for {
		}
	}()
	println("leaving")
	os.Exit(3)
}
