// A panic in a function literal within a function literal: who created whom.
package main

import _ "os"

func main() {
	done := make(chan bool)
	go func() {
		go func() {
			panic("deep inside")
		}()
		<-done
	}()
	<-done
}
