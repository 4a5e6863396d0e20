// Unlock of a mutex that nobody holds.
package main

import (
	_ "os"
	"sync"
)

func main() {
	var mu sync.Mutex
	mu.Lock()
	mu.Unlock()
	mu.Unlock()
}
