// A parallel quicksort: each half in its own goroutine down to a small size.
package main

func sort(a []int, done chan<- struct{}) {
	defer func() { done <- struct{}{} }()
	if len(a) < 8 {
		for i := 1; i < len(a); i++ {
			for j := i; j > 0 && a[j-1] > a[j]; j-- {
				a[j-1], a[j] = a[j], a[j-1]
			}
		}
		return
	}
	pivot, i, j := a[len(a)/2], 0, len(a)-1
	for i <= j {
		for a[i] < pivot {
			i++
		}
		for a[j] > pivot {
			j--
		}
		if i <= j {
			a[i], a[j] = a[j], a[i]
			i++
			j--
		}
	}
	halves := make(chan struct{})
	go sort(a[:j+1], halves)
	go sort(a[i:], halves)
	<-halves
	<-halves
}

func main() {
	a := make([]int, 400)
	x := uint32(1)
	for i := range a {
		x = x*1664525 + 1013904223
		a[i] = int((x >> 16) % 1000)
	}
	done := make(chan struct{}, 1)
	sort(a, done)
	sorted := true
	for i := 1; i < len(a); i++ {
		sorted = sorted && a[i-1] <= a[i]
	}
	println(sorted, a[0], a[len(a)-1])
}
