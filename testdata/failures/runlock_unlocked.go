// RUnlock of a read lock that nobody holds.
package main

import (
	_ "os"
	"sync"
)

func main() {
	var mu sync.RWMutex
	mu.RUnlock()
}
