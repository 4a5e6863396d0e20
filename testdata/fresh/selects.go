// Selects of forty cases, made by reflect, and of six.
package main

import (
	"reflect"
	"sync"
	"time"
)

func main() {
	const N = 40
	var chs [N]chan int
	for i := range chs {
		chs[i] = make(chan int, i%3)
	}
	var wg sync.WaitGroup
	for i := 0; i < 10; i++ {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for k := 0; k < 50; k++ {
				var cases []reflect.SelectCase
				for j := range chs {
					if (i+j+k)%2 == 0 {
						cases = append(cases, reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(chs[j]), Send: reflect.ValueOf(k)})
					} else {
						cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(chs[j])})
					}
				}
				t := time.After(time.Millisecond)
				cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(t)})
				reflect.Select(cases)
			}
		}()
		go func() {
			defer wg.Done()
			for k := 0; k < 100; k++ {
				select {
				case chs[(i+k)%N] <- 1:
				case <-chs[(i+k+1)%N]:
				case <-chs[(i+k+2)%N]:
				case chs[(i+k+3)%N] <- 2:
				case chs[(i+k+4)%N] <- 2:
				case <-time.After(300 * time.Microsecond):
				}
			}
		}()
	}
	wg.Wait()
}
