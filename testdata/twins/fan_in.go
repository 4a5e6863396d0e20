// Many senders, one select over all of them; a finished sender's case is switched off.
package main

func producer(n, step int) <-chan int {
	ch := make(chan int)
	go func() {
		for i := 0; i < n; i++ {
			ch <- i * step
		}
		close(ch)
	}()
	return ch
}

func main() {
	a, b, c, d := producer(20, 1), producer(15, 100), producer(10, 10000), producer(5, 1000000)
	sum, open := 0, 4
	for open > 0 {
		var v int
		var ok bool
		select {
		case v, ok = <-a:
			if !ok {
				a = nil
			}
		case v, ok = <-b:
			if !ok {
				b = nil
			}
		case v, ok = <-c:
			if !ok {
				c = nil
			}
		case v, ok = <-d:
			if !ok {
				d = nil
			}
		}
		if ok {
			sum += v
		} else {
			open--
		}
	}
	println(sum)
}
