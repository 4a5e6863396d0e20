// Unlock of a write lock that nobody holds.
package main

import (
	_ "os"
	"sync"
)

func main() {
	var mu sync.RWMutex
	mu.Unlock()
}
