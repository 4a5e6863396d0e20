// Sleeps while the scheduler reports on itself (GODEBUG=schedtrace), then ends.
package main

import (
	_ "os"
	"time"
)

func main() {
	time.Sleep(250 * time.Millisecond)
}
