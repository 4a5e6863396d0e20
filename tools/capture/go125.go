// Go 1.25: queues know their lengths, one thread polls at a time, cleanups have goroutines, GOMAXPROCS follows the
// machine. versions/go1.25 says what that does to the scheduler.
package main

func rulesOf125() {
	// Names.
	rename(outsideCalls, "casGToWaitingForGC", "casGToWaitingForSuspendG")
	renameKind("casGToWaitingForGC", "casGToWaitingForSuspendG")
	bubbleField = "bubble"
	for _, call := range []string{
		"casgstatus gp.syncGroup.changegstatus", "casGFromPreempted sg.changegstatus", "park_m sg.incActive",
		"park_m sg.decActive", "coroswitch_m sg.incActive", "coroswitch_m sg.decActive",
	} {
		delete(returns, call)
	}
	change(returns, map[string]string{
		"casgstatus gp.bubble.changegstatus":     "zg_synctest_ret()",
		"casGFromPreempted bubble.changegstatus": "zg_synctest_ret()",
		"park_m bubble.incActive":                "zg_synctest_ret()",
		"park_m bubble.decActive":                "zg_synctest_ret()",
		"coroswitch_m bubble.incActive":          "zg_synctest_ret()",
		"coroswitch_m bubble.decActive":          "zg_synctest_ret()",
	})

	// The global queue: its own operations are records, for there is no counter beside it any more.
	dropField("sched.runqsize")
	addKinds(`
R sched.runq.empty        saw:b
D sched.runq.push         size:i
D sched.runq.pushBack     size:i
D sched.runq.pushBackAll  size:i
D sched.runq.pop          g:g size:i
`, true)
	entries["globrunqputbatch"] = "zg_globrunqputbatch(int64(batch.size))"

	// One poller at a time.
	fields = append(fields, field{"sched.pollingNet", "i", "int32", "atomic", "Store Swap", "", ""})

	// Goroutines that run cleanups.
	addKinds(`
O gcCleanups.needsWake    v:b
O gcCleanups.wake.ret
`, false)
	answers["gcCleanups.needsWake"] = "zgStickyBool(12, zk_gcCleanups_needsWake, "
	returns["findRunnable gcCleanups.wake"] = "zg_gcCleanups_wake_ret()"

	// GOMAXPROCS follows the machine.
	editKinds("dontfreezetheworld:i gctrace:i", "dontfreezetheworld:i gctrace:i updatemaxprocs:i")
	delete(returns, "schedinit parsedebugvars")
	returns["schedinit finishDebugVarsSetup"] = "zg_parsedebugvars_ret(int64(debug.schedtrace), int64(debug.scheddetail), " +
		"int64(debug.dontfreezetheworld), int64(debug.gctrace), int64(debug.updatemaxprocs))"
	rename(answers, "atoi32", "strconv.Atoi32")
	addKinds(`
O defaultGOMAXPROCS       n:i
I SetDefaultGOMAXPROCS
`, false)
	answers["defaultGOMAXPROCS"] = "zgDefaultProcs("
	debugEntries["SetDefaultGOMAXPROCS"] = "zg_SetDefaultGOMAXPROCS()"
	fields = append(fields, field{"updateMaxProcsG.idle", "b", "bool", "atomic", "Load Store", "", ""})
	lockNames = append(lockNames, "computeMaxProcsLock", "updateMaxProcsG.lock")

	change(wantCounts, countsOf125)
}

var countsOf125 = map[string]int{
	"after casGFromPreempted bubble.changegstatus": 1,
	"after casGFromPreempted sg.changegstatus":     0,
	"after casgstatus gp.bubble.changegstatus":     1,
	"after casgstatus gp.syncGroup.changegstatus":  0,
	"after coroswitch_m bubble.decActive":          1,
	"after coroswitch_m bubble.incActive":          1,
	"after coroswitch_m sg.decActive":              0,
	"after coroswitch_m sg.incActive":              0,
	"after findRunnable gcCleanups.wake":           1,
	"after main runExitHooks":                      3,
	"after park_m bubble.decActive":                2,
	"after park_m bubble.incActive":                1,
	"after park_m sg.decActive":                    0,
	"after park_m sg.incActive":                    0,
	"after schedinit finishDebugVarsSetup":         1,
	"after schedinit parsedebugvars":               0,
	"answer atoi32":                                0,
	"answer defaultGOMAXPROCS":                     3,
	"answer gcCleanups.needsWake":                  1,
	"answer strconv.Atoi32":                        1,
	"before throw":                                 99,
	"entry SetDefaultGOMAXPROCS":                   1,
	"lock":                                         74,
	"outside casGToWaitingForGC":                   0,
	"outside casGToWaitingForSuspendG":             5,
	"outside gp.bubble":                            10,
	"outside gp.syncGroup":                         0,
	"read sched.runqsize":                          0,
	"sched.pollingNet.Store":                       1,
	"sched.pollingNet.Swap":                        1,
	"sched.runq.empty":                             7,
	"sched.runq.pop":                               3,
	"sched.runq.push":                              1,
	"sched.runq.pushBack":                          1,
	"sched.runq.pushBackAll":                       1,
	"sched.runqsize.Add":                           0,
	"unlock":                                       95,
	"updateMaxProcsG.idle.Load":                    2,
	"updateMaxProcsG.idle.Store":                   2,
}
