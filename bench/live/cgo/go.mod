module gort/bench/live/cgo

go 1.24
