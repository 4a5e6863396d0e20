// Concurrent writes of a map: a fatal error.
package main

import "time"

func main() {
	m := map[int]int{}
	for i := 0; i < 4; i++ {
		go func() {
			for k := 0; ; k++ {
				m[k%10] = k
			}
		}()
	}
	time.Sleep(time.Second)
	panic("none")
}
