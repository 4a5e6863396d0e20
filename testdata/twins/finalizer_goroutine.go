// Built together with every twin: package os would start the goroutine that runs finalizers before main.main, and so
// does gort. The twins do without os, whose start makes system calls.
package main

import "runtime"

func init() { runtime.SetFinalizer(new([16]byte), func(*[16]byte) {}) }
