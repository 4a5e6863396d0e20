// A stack that grows over its limit: a fatal error.
package main

import "runtime/debug"

func f(n int) int { var a [100]int; a[n%100] = n; return f(n+1) + a[n%50] }

func main() {
	debug.SetMaxStack(1 << 20)
	go func() {
		for {
			debug.FreeOSMemory()
		}
	}()
	f(0)
}
