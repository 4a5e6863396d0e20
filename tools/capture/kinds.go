// The record kinds of a schedule log: names, classes and argument types.
//
// The number of a kind is its place in this table and is only meaningful
// together with the table that each log carries; readers go by name.
package main

import (
	"fmt"
	"strings"
)

// An arg is one argument of a record. Type is one of
//
//	u unsigned   i signed    b bool       t time in ns
//	g goid       p P id+1    m M id+1     l lock id (1 + index in lockNames)
//	L list of g  pc code address
//
// with 0 for "none" in g, p, m and l.
type arg struct{ Name, Type string }

// A kind describes one sort of record. Class is I (input), O (oracle answer),
// R (order of an access to shared state) or D (decision).
type kind struct {
	N     int
	Class string
	Name  string
	Args  []arg
}

// ID is the kind's name as a Go identifier.
func (k kind) ID() string { return strings.ReplaceAll(k.Name, ".", "_") }

// A field is a shared field of the scheduler whose accesses are recorded.
type field struct {
	Name string // as in records: "sched.npidle", "p.status", ...
	Val  string // wire type of its value
	Go   string // Go type of its value
	Sort string // "atomic": a type of internal/runtime/atomic; "u32": a plain uint32; "own": hooks written by hand
	Ops  string // the operations that proc.go and coro.go perform
	D    string // those of Ops that are decisions
	O    string // those of Ops that are oracle answers
}

var fields = []field{
	{"sched.goidgen", "u", "uint64", "atomic", "Add", "", ""},
	{"sched.lastpoll", "t", "int64", "atomic", "Load Store Swap Cas", "", ""},
	{"sched.pollUntil", "t", "int64", "atomic", "Load Store", "", ""},
	{"sched.ngsys", "i", "int32", "atomic", "Add", "", ""},
	{"sched.npidle", "i", "int32", "atomic", "Load Add", "", ""},
	{"sched.nmspinning", "i", "int32", "atomic", "Load Add Cas", "Add Cas", ""},
	{"sched.needspinning", "u", "uint32", "atomic", "Load Store", "", ""},
	{"sched.gcwaiting", "b", "bool", "atomic", "Load Store", "", ""},
	{"sched.sysmonwait", "b", "bool", "atomic", "Load Store", "", ""},
	{"sched.runqsize", "i", "int32", "own", "Load Add", "Add", ""},
	{"sched.pidle", "p", "puintptr", "own", "Load Store", "Store", ""},
	{"sched.freem", "m", "*m", "own", "Load Store", "", ""},
	{"p.status", "u", "uint32", "u32", "Load Store Cas", "Store Cas", ""},
	{"p.schedtick", "u", "uint32", "u32", "Load Add", "", ""},
	{"p.syscalltick", "u", "uint32", "u32", "Load Add", "", ""},
	{"p.runqhead", "u", "uint32", "u32", "Load Cas", "Cas", ""},
	{"p.runqtail", "u", "uint32", "u32", "Load Store", "", ""},
	{"p.runnext", "g", "guintptr", "own", "Load Cas", "Cas", ""},
	{"p.runSafePointFn", "u", "uint32", "u32", "Load Store Cas", "", ""},
	{"p.m", "m", "muintptr", "own", "Load Store", "", ""},
	{"g.goid", "g", "uint64", "own", "Store", "", ""},
	{"g.atomicstatus", "u", "uint32", "atomic", "Load Cas", "Cas", ""},
	{"m.curg", "g", "*g", "own", "Load Store", "", ""},
	{"m.freeWait", "u", "uint32", "atomic", "Load Store", "", "Load"},
	{"gomaxprocs", "i", "int32", "own", "Load Store", "", ""},
	{"forcegc.idle", "b", "bool", "atomic", "Load Store", "", ""},
	{"newmHandoff.haveTemplateThread", "u", "uint32", "own", "Load Cas", "", ""},
}

// Obj is the wire type of the object that holds the field, "" for a global.
func (f field) Obj() string {
	if o, _, ok := strings.Cut(f.Name, "."); ok && len(o) == 1 {
		return o
	}
	return ""
}

// Last is the field's own name, without the object.
func (f field) Last() string { return f.Name[strings.LastIndexByte(f.Name, '.')+1:] }

// ID is the field's name as a Go identifier.
func (f field) ID() string { return strings.ReplaceAll(f.Name, ".", "_") }

func (f field) opKind(op string) kind {
	k := kind{Name: f.Name + "." + op, Class: "R"}
	if hasWord(f.D, op) {
		k.Class = "D"
	}
	if hasWord(f.O, op) {
		k.Class = "O"
	}
	if o := f.Obj(); o != "" {
		k.Args = append(k.Args, arg{o, o})
	}
	for _, name := range strings.Fields(map[string]string{
		"Load": "saw", "Store": "v", "Add": "d new", "Swap": "new old", "Cas": "old new won",
	}[op]) {
		t := f.Val
		if name == "won" {
			t = "b"
		}
		k.Args = append(k.Args, arg{name, t})
	}
	return k
}

func hasWord(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if w == word {
			return true
		}
	}
	return false
}

// otherKinds lists every record that is not an access to one of fields. An argument `own` says that proc.go itself made the
// call: what both sides of the border call is told apart by it.
var otherKinds = `
R idlepMask.read    id:u saw:b
R idlepMask.set     id:u
R idlepMask.clear   id:u
R timerpMask.read   id:u saw:b
R timerpMask.set    id:u
R timerpMask.clear  id:u
R sched.gFree.stack.empty     saw:b
R sched.gFree.stack.pop       g:g
R sched.gFree.stack.pushAll
R sched.gFree.stack.take
R sched.gFree.noStack.empty   saw:b
R sched.gFree.noStack.pop     g:g
R sched.gFree.noStack.pushAll
R lock              l:l
R unlock            l:l
R notewakeup        n:u m:m
R notesleep         n:u m:m
R notetsleep        n:u ns:i ok:b

O nanotime          t:t
O cheaprand         v:u
O netpoll           delay:i list:L delta:i
O timeSleepUntil    t:t
O isSystemGoroutine yes:b
O gcTrigger.test    yes:b
O gcMarkWorkAvailable     yes:b
O addIdleMarkWorker       yes:b
O needIdleMarkWorker      yes:b
O gcBgMarkWorkerPool.pop  g:g
O wakefing                g:g
O traceReader             g:g
O traceReaderAvailable    yes:b
O canPreemptM             yes:b
O runningPanicDefers      v:u
O fingStatus              v:u
O timers.wakeTime         p:p t:t
O timers.len              p:p n:u
O timers.heaplen          p:p n:u
O gogetenv.GOMAXPROCS     n:i ok:b
O parsedebugvars.ret      schedtrace:i scheddetail:i dontfreezetheworld:i gctrace:i asyncpreemptoff:i
O timers.check            p:p now:t
O timers.check.ret        now:t pollUntil:t ran:b
O traceEnabled            v:b
O traceShuttingDown       v:b
O netpollinited           v:b
O netpollAnyWaiters       v:b
O gcBlackenEnabled        v:b
O scavenger.sysmonWake    v:b
O casgstatusAlwaysTrack   v:b
O forcegcperiod           ns:i
O doInit.ret
O gcenable.ret
O main_main.ret
O runExitHooks.ret
O gcStart.ret
O semacquire.ret
O semrelease.ret
O scavenger.wake.ret
O safePointFn.ret         p:p
O waitunlockf.ret         ok:b
O synctest.ret
O findRunnableGCWorker.ret  g:g now:t

D found             why:u g:g inherit:b wake:b
D execute           g:g inherit:b
D runqput           p:p g:g next:b
D startm            p:p spinning:b lockheld:b
D handoffp          p:p
D wakep             took:b
D stopm
D gcstopm
D stoplockedm
D startlockedm      g:g
D mput              m:m
D mget              m:m
D preemptone        p:p own:b
D preemptone.ret    ok:b
D preemptall.ret    ok:b
D preemptM          m:m
D newm              p:p id:i
D newosproc         m:m
D netpollBreak
D netpollAdjustWaiters  delta:i
D gcMarkWorkerMode  p:p mode:i
D usleep            us:u
D procresize        n:i
D globrunqput       g:g
D globrunqputhead   g:g
D mexit
D startTemplateThread
D exitThread
D exit              code:i own:b
D throw
D fatal
D pdestroy          p:p
D wirep             p:p
D gfput             g:g fits:b
D sleeps            n:u m:m
D canSpin.ret       ok:b
D pollWork.ret      ok:b
D GOMAXPROCS.ret    n:i
D setMaxThreads.ret n:i
D casGFromPreempted.ret  ok:b
D runqdrain.ret     list:L n:u
D doInit
D gcenable
D main_main
D runExitHooks      code:i
D gcStart
D semacquire        sema:u
D semrelease        sema:u handoff:b
D scavenger.wake
D safePointFn       p:p
D waitunlockf       g:g
D findRunnableGCWorker    p:p now:t
D synctest.changegstatus  g:g old:u new:u
D synctest.incActive
D synctest.decActive

I schedinit         ncpu:i
I newproc           fn:pc
I newproc1          fn:pc parked:b reason:u own:b
I gopark            fn:u lock:l reason:u trace:u own:b
I goready           g:g
I ready             g:g next:b own:b
I Gosched           own:b
I goschedguarded
I goschedIfBusy     preempt:b
I goyield
I goexit1
I syncGroup         g:g on:b
I gopreempt_m
I preemptPark
I entersyscall
I entersyscallblock
I exitsyscall
I LockOSThread
I lockOSThread      own:b
I UnlockOSThread
I unlockOSThread    own:b
I stopTheWorld      reason:u own:b
I startTheWorld     own:b
I stopTheWorldGC    reason:u own:b
I startTheWorldGC   own:b
I stopTheWorldWithSema    reason:u own:b
I startTheWorldWithSema   now:t reason:u own:b
I forEachP          reason:u
I injectglist       list:L own:b
I globrunqputbatch  n:i own:b
I runqdrain         p:p
I pollWork
I wakeNetPoller     when:t own:b
I schedEnableUser   enable:b
I setMaxThreads     n:i
I GOMAXPROCS        n:i
I canSpin           i:i
I markrootFreeGStacks
I stack             g:g bytes:u
I startingStackSize bytes:u
I os_beforeExit     code:i
I newcoro           c:u
I coroswitch_m      c:u exit:b
I mstart1
I wakep.call
I casgstatus          g:g old:u new:u
I castogscanstatus    g:g old:u new:u
I casfrom_Gscanstatus g:g old:u new:u
I casGFromPreempted   g:g old:u new:u
I casGToWaiting       g:g old:u reason:u
I casGToWaitingForGC  g:g old:u reason:u
`

// lockNames are the runtime locks whose use is recorded; the lock id in a
// record is 1 + the index here.
var lockNames = []string{
	"sched.lock", "allglock", "allpLock", "sched.gFree.lock",
	"sched.sysmonlock", "newmHandoff.lock", "forcegc.lock", "deadlock",
}

// noteNames are the notes whose use is recorded; index 0 is not used.
var noteNames = []string{"", "m.park", "sched.stopnote", "sched.sysmonnote", "sched.safePointNote", "newmHandoff.wake"}

var kinds, kindByName = makeKinds()

func makeKinds() ([]kind, map[string]kind) {
	var list []kind
	for _, f := range fields {
		for _, op := range strings.Fields(f.Ops) {
			list = append(list, f.opKind(op))
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(otherKinds), "\n") {
		w := strings.Fields(line)
		if len(w) == 0 {
			continue
		}
		k := kind{Class: w[0], Name: w[1]}
		for _, a := range w[2:] {
			name, typ, _ := strings.Cut(a, ":")
			k.Args = append(k.Args, arg{name, typ})
		}
		list = append(list, k)
	}
	byName := map[string]kind{}
	for i := range list {
		list[i].N = i + 1
		if _, dup := byName[list[i].Name]; dup {
			panic("kind listed twice: " + list[i].Name)
		}
		byName[list[i].Name] = list[i]
	}
	if len(list) > 255 {
		panic(fmt.Sprintf("%d kinds do not fit in a byte", len(list)))
	}
	return list, byName
}
