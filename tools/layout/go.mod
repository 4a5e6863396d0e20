module gort/tools/layout

go 1.24
