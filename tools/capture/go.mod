module gort/tools/capture

go 1.24
