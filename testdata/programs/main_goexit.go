// main leaves by runtime.Goexit and the others go on until none is left, which
// ends the program with status 2.
package main

import (
	"runtime"
	"time"
)

func main() {
	for i := range 10 {
		go func() {
			defer runtime.Goexit()
			time.Sleep(time.Duration(i) * time.Millisecond)
		}()
	}
	runtime.Goexit()
}
