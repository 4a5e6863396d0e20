// iter.Pull: two sequences zipped, one of them stopped early.
package main

import "iter"

func count(from, to int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := from; i < to; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func main() {
	next1, stop1 := iter.Pull(count(0, 20))
	next2, stop2 := iter.Pull(count(100, 1000))
	sum := 0
	for {
		a, ok := next1()
		if !ok {
			break
		}
		b, _ := next2()
		sum += a * b
	}
	_, ok := next1()
	stop1()
	stop2()
	_, ok2 := next2()
	println(sum, ok, ok2)
}
