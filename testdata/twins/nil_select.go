// A send case that is on only while there is something to send: the other side of a nil channel is never ready.
package main

func queue(in <-chan int, out chan<- int) {
	var pending []int
	for in != nil || len(pending) > 0 {
		var to chan<- int
		first := 0
		if len(pending) > 0 {
			to, first = out, pending[0]
		}
		select {
		case v, ok := <-in:
			if !ok {
				in = nil
				continue
			}
			pending = append(pending, v)
		case to <- first:
			pending = pending[1:]
		}
	}
	close(out)
}

func main() {
	in, out := make(chan int), make(chan int)
	go queue(in, out)
	go func() {
		for i := 0; i < 30; i++ {
			in <- i
		}
		close(in)
	}()
	ordered, want := true, 0
	for v := range out {
		ordered = ordered && v == want
		want++
	}
	println(ordered, want)
}
