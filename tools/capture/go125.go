// Go 1.25: queues know their lengths, one thread polls at a time, cleanups have goroutines, GOMAXPROCS follows the
// machine. versions/go1.25 says what that does to the scheduler.
package main

import "strings"

func rulesOf125() {
	// Names.
	rename(outsideCalls, "casGToWaitingForGC", "casGToWaitingForSuspendG")
	renameKind("casGToWaitingForGC", "casGToWaitingForSuspendG")
	bubbleField = "bubble"
	rename(regions, "casgstatus gp.syncGroup.changegstatus", "casgstatus gp.bubble.changegstatus")
	for _, call := range []string{
		"casGFromPreempted sg.changegstatus", "park_m sg.incActive", "park_m sg.decActive", "coroswitch_m sg.incActive",
		"coroswitch_m sg.decActive",
	} {
		rename(regions, call, strings.Replace(call, "sg.", "bubble.", 1))
	}
	editState("COMPARED(g, syncGroup,", "COMPARED(g, bubble,")

	// Timers of a bubble run while m.curg is nil.
	addKinds(`
I bubble.timers
O bubble.timers.ret
`, true)

	// The collector checks its marks: gcwaiting is off meanwhile.
	addKinds(`
I checkmark         waiting:b
`, true)

	// The global queue: its own operations are records, for there is no counter beside it any more.
	dropField("sched.runqsize")
	addKinds(`
R sched.runq.empty        saw:b
D sched.runq.push         size:i
D sched.runq.pushBack     size:i
D sched.runq.pushBackAll  size:i
D sched.runq.pop          g:g size:i
`, true)
	entries["globrunqputbatch"] = "zg_globrunqputbatch(int64(batch.size), false)"
	bareResults["runqdrain"] = "zgRunqdrained(drainQ, uint32(drainQ.size));"
	editState("COMPARED(sched, runqsize,", "COMPARED(sched, runq.size,")
	editState("COMPARED(sched, disable.n,", "COMPARED(sched, disable.runnable.size,")
	editState("COMPARED(sched, gFree.n,", "LEFT(sched, gFree.n,")
	editState("COMPARED(p, gFree.n,", "COMPARED(p, gFree.size,")

	// One poller at a time.
	fields = append(fields, field{"sched.pollingNet", "i", "int32", "atomic", "Store Swap", "", ""})

	// Goroutines that run cleanups.
	addKinds(`
O gcCleanups.needsWake    v:b
D gcCleanups.wake
O gcCleanups.wake.ret
`, false)
	answers["gcCleanups.needsWake"] = "zgStickyBool(12, zk_gcCleanups_needsWake, "
	regions["findRunnable gcCleanups.wake"] = region{"zg_gcCleanups_wake()", "zg_gcCleanups_wake_ret()"}

	// GOMAXPROCS follows the machine.
	editKinds("gctrace:i asyncpreemptoff:i", "gctrace:i asyncpreemptoff:i updatemaxprocs:i")
	rename(regions, "schedinit parsedebugvars", "schedinit finishDebugVarsSetup")
	read := regions["schedinit finishDebugVarsSetup"]
	read.after = strings.TrimSuffix(read.after, ")") + ", int64(debug.updatemaxprocs))"
	regions["schedinit finishDebugVarsSetup"] = read
	rename(answers, "atoi32", "strconv.Atoi32")
	addKinds(`
O defaultGOMAXPROCS       n:i
I SetDefaultGOMAXPROCS
`, false)
	answers["defaultGOMAXPROCS"] = "zgDefaultProcs("
	debugEntries["SetDefaultGOMAXPROCS"] = "zg_SetDefaultGOMAXPROCS()"
	fields = append(fields, field{"updateMaxProcsG.idle", "b", "bool", "atomic", "Load Store", "", ""})
	for _, store := range []string{
		"GOMAXPROCS sched.customGOMAXPROCS", "SetDefaultGOMAXPROCS newprocs", "SetDefaultGOMAXPROCS sched.customGOMAXPROCS",
	} {
		knownStores[store] = knownStores["GOMAXPROCS newprocs"]
	}
	editState("COMPARED(sched, totaltime, plain, t, always)\n",
		"COMPARED(sched, totaltime, plain, t, always)\nCOMPARED(sched, customGOMAXPROCS, plain, b, always)\n")
	editState("COMPARED(runtime, newmHandoff.waiting,", "COMPARED(runtime, updateMaxProcsG.idle, atomic, b, always)\n"+
		"COMPARED(runtime, updateMaxProcsG.g, obj, g, always)\nCOMPARED(runtime, updateMaxProcsG.procs, plain, i, always)\n"+
		"COMPARED(runtime, newmHandoff.waiting,")
	lockNames = append(lockNames, "computeMaxProcsLock", "updateMaxProcsG.lock")

	change(wantCounts, countsOf125)
}

var countsOf125 = map[string]int{
	"answer atoi32":                                 0,
	"answer defaultGOMAXPROCS":                      3,
	"answer gcCleanups.needsWake":                   1,
	"answer strconv.Atoi32":                         1,
	"around casGFromPreempted bubble.changegstatus": 1,
	"around casGFromPreempted sg.changegstatus":     0,
	"around casgstatus gp.bubble.changegstatus":     1,
	"around casgstatus gp.syncGroup.changegstatus":  0,
	"around coroswitch_m bubble.decActive":          1,
	"around coroswitch_m bubble.incActive":          1,
	"around coroswitch_m sg.decActive":              0,
	"around coroswitch_m sg.incActive":              0,
	"around findRunnable gcCleanups.wake":           1,
	"around main runExitHooks":                      3,
	"around park_m bubble.decActive":                2,
	"around park_m bubble.incActive":                1,
	"around park_m sg.decActive":                    0,
	"around park_m sg.incActive":                    0,
	"around schedinit finishDebugVarsSetup":         1,
	"around schedinit parsedebugvars":               0,
	"before throw":                                  97,
	"entry SetDefaultGOMAXPROCS":                    1,
	"lock":                                          74,
	"outside casGToWaitingForGC":                    0,
	"outside casGToWaitingForSuspendG":              5,
	"outside gp.bubble":                             10,
	"outside gp.m.curg":                             2,
	"outside sched.gcwaiting":                       2,
	"outside gp.syncGroup":                          0,
	"own goparkunlock":                              2,
	"own injectglist":                               8,
	"own startTheWorldGC":                           4,
	"own stopTheWorldGC":                            3,
	"read sched.runqsize":                           0,
	"result GOMAXPROCS":                             3,
	"sched.pollingNet.Store":                        1,
	"sched.pollingNet.Swap":                         1,
	"sched.runq.empty":                              7,
	"sched.runq.pop":                                3,
	"sched.runq.push":                               1,
	"sched.runq.pushBack":                           1,
	"sched.runq.pushBackAll":                        1,
	"sched.runqsize.Add":                            0,
	"unlock":                                        95,
	"updateMaxProcsG.idle.Load":                     2,
	"updateMaxProcsG.idle.Store":                    2,
}
