// Tests of the search for stores to what snapshots compare, on small sources of our own.
package main

import (
	"slices"
	"strings"
	"testing"
)

const ofTheState = `package runtime
import "internal/runtime/atomic"
type mutex struct{ key uintptr }
type puintptr uintptr
func (pp puintptr) ptr() *p { return nil }
func (pp *puintptr) set(q *p) {}
type g struct {
	m            *m
	atomicstatus atomic.Uint32
	preempt      bool
	waitreason   reason
	labels       any
}
type m struct {
	p, nextp puintptr
	curg     *g
	locks    int
	gsignal  *g
}
type p struct {
	status     uint32
	m          *m
	runq       [4]uintptr
	sysmontick struct{ schedtick uint32 }
	gcStopTime int64
}
type reason uint8
func (r reason) String() string { return "" }
type schedt struct {
	lock   mutex
	nmsys  int
	npidle atomic.Int32
	midle  *m
}
var sched schedt
var gomaxprocs int
func get() *g { return nil }
func proc() { sched.nmsys++ }
`

func TestStores(t *testing.T) {
	for _, c := range []struct{ name, does, want string }{
		{"a field", "get().m.p.ptr().status = 1", "p.status"},
		{"a part of it", "var pp *p; pp.sysmontick.schedtick++", "p.sysmontick.schedtick"},
		{"a list", "var pp *p; pp.runq[2] = 0", "p.runq"},
		{"of sched", "sched.nmsys -= 1", "sched.nmsys"},
		{"an atomic", "sched.npidle.Add(1); get().atomicstatus.CompareAndSwap(1, 2)", "g.atomicstatus, sched.npidle"},
		{"by a method", "get().m.nextp.set(nil)", "m.nextp"},
		{"its address", "q := &get().m.curg; _ = q", "m.curg"},
		{"several", "get().waitreason, gomaxprocs = 1, 2", "g.waitreason, gomaxprocs"},
		{"in a closure", "func() { (get().m) = nil }()", "g.m"},
		{"through a field", "get().m.gsignal.m = nil", "g.m"},
		{"looks", "_, _ = sched.npidle.Load(), get().waitreason.String(); _ = get().m.p.ptr()", ""},
		{"looks by an address", "atomic.Loaduintptr(&get().m.p); sched.npidle.Load()", ""},
		{"another's rule", "get().preempt = true; get().m.locks++; get().labels = nil", ""},
		{"not compared", "get().m.gsignal = nil; sched.lock.key = 1", ""},
		{"a name of its own", "gomaxprocs := 1; gomaxprocs++; var x struct{ status int }; x.status = 2", ""},
	} {
		sources := map[string][]byte{
			"runtime2.go":   []byte(ofTheState),
			"other.go":      []byte("package runtime\nfunc f() { " + c.does + " }\n"),
			"proc.go":       []byte("package runtime\nfunc h() { sched.nmsys++ }\n"),
			"zgort_slog.go": []byte("package runtime\nfunc i() { sched.nmsys++ }\n"),
		}
		// That of the sources themselves is one, too.
		want := "proc sched.nmsys"
		for _, field := range slices.Backward(strings.Split(c.want, ", ")) {
			if field != "" {
				want = "f " + field + ", " + want
			}
		}
		found, err := stores(sources)
		if got := strings.Join(found, ", "); err != nil || got != want {
			t.Errorf("%s: %q instead of %q (%v)", c.name, got, want, err)
		}
		if err := checkStores(sources); err == nil || !strings.HasSuffix(err.Error(), ", and no record would tell of it") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestKnownStoresAreMade(t *testing.T) { allFound(t, stores, knownStores) }
