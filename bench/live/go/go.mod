module gort/bench/live

go 1.24
