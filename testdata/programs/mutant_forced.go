// Asleep for longer than the time after which a collection is forced: sysmon asks for it.
package main

import (
	"runtime"
	"time"
)

func main() {
	runtime.GC() // the period counts from the last collection
	time.Sleep(125 * time.Second)
}
