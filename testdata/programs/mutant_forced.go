// Asleep for longer than the time after which a collection is forced: sysmon asks for it.
package main

import "time"

func main() { time.Sleep(125 * time.Second) }
