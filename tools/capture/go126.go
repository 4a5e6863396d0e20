// Go 1.26: a P in a system call stays with its thread, and who wants it takes the goroutine's scan bit; Ps get their
// threads back when the world starts. versions/go1.26 says what that does to the scheduler.
package main

func rulesOf126() {
	// System calls.
	for expr := range words("s.pp") {
		pBases[expr] = true
	}
	change(plainReads, map[string]string{
		"exitsyscallfast oldp.status":                "",
		"exitsyscallfast sched.pidle":                "",
		"forEachPInternal p2.status":                 "",
		"reentersyscall gp.m.p.ptr().runSafePointFn": "",
		"retake pp.status":                           "",
		"exitsyscallTryGetP sched.pidle":             "zg_sched_pidle_Load()",
		"reentersyscall pp.runSafePointFn":           "zg_p_runSafePointFn_Load(pp)",
		"setBlockOnExitSyscall pp.status":            "zg_p_status_Load(pp)",
		"setBlockOnExitSyscall pp.m":                 "zg_p_m_Load(pp)",
		"setBlockOnExitSyscall mp.curg":              "zg_m_curg_Load(mp)",
		"runqgrab pp.m":                              "zg_p_m_Load(pp)",
		"runqgrab mp.curg":                           "zg_m_curg_Load(mp)",
	})
	// Counting goroutines for runtime/metrics looks who is in a call.
	addKinds(`
I setBlockOnExitSyscall  p:p
`, false)
	outsideCalls["setBlockOnExitSyscall"] = true
	knownCallers["schedStatsAggregate.compute syscallingThread.resume"] = "setBlockOnExitSyscall has told of it"

	// Leaked goroutines are told from others by a status, which is taken back when the next search begins.
	addKinds(`
I leaked.again      g:g
`, false)

	editState("COMPARED(sched, ngsys, atomic, i, always)\n",
		"COMPARED(sched, ngsys, atomic, i, always)\nCOMPARED(sched, nGsyscallNoP, atomic, i, always)\n")
	fields = append(fields, field{"sched.nGsyscallNoP", "i", "int32", "atomic", "Add", "", ""})

	// The start of the world.
	plainReads["procresize gcBlackenEnabled"] = stickyBlacken + "gcBlackenEnabled)"
	addKinds(`
O assignWaitingGCWorker.ret  ok:b
D mgetSpecific      m:m
`, false)
	answers["gcController.assignWaitingGCWorker"] = "zgAssigned("

	// Names.
	rename(answers, "gcMarkWorkAvailable", "gcShouldScheduleWorker")
	answers["gcShouldScheduleWorker"] = "zgBool(zk_gcShouldScheduleWorker, "
	renameKind("gcMarkWorkAvailable", "gcShouldScheduleWorker")
	rename(answers, "strconv.Atoi32", "strconv.ParseInt")

	change(wantCounts, countsOf126)
}

var countsOf126 = map[string]int{
	"answer gcController.assignWaitingGCWorker":       1,
	"answer gcMarkWorkAvailable":                      0,
	"answer gcShouldScheduleWorker":                   3,
	"answer strconv.Atoi32":                           0,
	"answer strconv.ParseInt":                         1,
	"answer timeSleepUntil":                           2,
	"around main runExitHooks":                        2,
	"before throw":                                    99,
	"before usleep":                                   8,
	"g.atomicstatus.Cas":                              9,
	"lock":                                            76,
	"mgetSpecific":                                    2,
	"outside casgstatus":                              12,
	"outside leaked.again":                            1,
	"outside setBlockOnExitSyscall":                   1,
	"p.m.Store":                                       10,
	"p.runSafePointFn.Load":                           1,
	"p.status.Cas":                                    0,
	"p.status.Load":                                   1,
	"p.status.Store":                                  13,
	"p.syscalltick.Add":                               5,
	"read exitsyscallTryGetP sched.pidle":             1,
	"read exitsyscallfast oldp.status":                0,
	"read exitsyscallfast sched.pidle":                0,
	"read forEachPInternal p2.runSafePointFn":         1,
	"read forEachPInternal p2.status":                 0,
	"read procresize gcBlackenEnabled":                1,
	"read reentersyscall gp.m.p.ptr().runSafePointFn": 0,
	"read reentersyscall pp.runSafePointFn":           1,
	"read retake pp.status":                           0,
	"read runqgrab mp.curg":                           1,
	"read runqgrab pp.m":                              1,
	"read setBlockOnExitSyscall mp.curg":              1,
	"read setBlockOnExitSyscall pp.m":                 1,
	"read setBlockOnExitSyscall pp.status":            1,
	"read stopTheWorldWithSema pp.status":             1,
	"readgstatus":                                     15,
	"result preemptone":                               4,
	"sched.gcwaiting.Load":                            10,
	"sched.nGsyscallNoP.Add":                          2,
}
