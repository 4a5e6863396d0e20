// A ticker without a period.
package main

import (
	_ "os"
	"time"
)

func main() {
	time.NewTicker(0)
}
