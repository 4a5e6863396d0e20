// The first thing that a program does is to wire its thread, which starts the template thread, and to wait for ever: who
// finds the deadlock depends on which thread comes last.
package main

import "runtime"

func main() {
	runtime.LockOSThread()
	select {}
}
