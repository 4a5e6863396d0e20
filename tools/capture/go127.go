// Go 1.27: the scheduler is that of Go 1.26.
package main

func rulesOf127() {
	change(wantCounts, countsOf127)
}

var countsOf127 = map[string]int{
	"before fatal":       4,
	"before throw":       98,
	"outside casgstatus": 13,
}
