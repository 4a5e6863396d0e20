// What is recorded where: the table of rules that turn the runtime's own
// source into the instrumented one. A rule names functions, fields and shapes
// of calls; the source itself is read from the installed toolchain.
package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"sort"
	"strings"
)

// skipFuncs are functions of proc.go that stay as they are: profiling, caches,
// cgo only, or counted as outside of the scheduler.
var skipFuncs = words(`doInit1 setcpuprofilerate sigprof acquireSudog releaseSudog gcount mcount readgstatus
	needm dropm needAndBindM cgoBindM newextram oneNewExtraM lockextra unlockextra getExtraM putExtraM addExtraM
	badmcall badmcall2 badctxt badmorestackg0`)

// entries are records at the start of a function's body.
var entries = map[string]string{
	"schedinit":                     "zgSchedinit()",
	"newproc":                       "zgNewproc(fn)",
	"newproc1":                      "zgNewproc1(fn, parked, waitreason, false)",
	"gopark":                        "zgGopark(unlockf, lock, reason, traceReason, false)",
	"goready":                       "zg_goready(gp)",
	"ready":                         "zg_ready(gp, next, false)",
	"Gosched":                       "zg_Gosched(false)",
	"goschedguarded":                "zg_goschedguarded()",
	"goyield":                       "zg_goyield()",
	"goexit1":                       "zg_goexit1()",
	"gopreempt_m":                   "zg_gopreempt_m()",
	"preemptPark":                   "zg_preemptPark()",
	"entersyscallblock":             "zg_entersyscallblock()",
	"exitsyscall":                   "zg_exitsyscall()",
	"LockOSThread":                  "zg_LockOSThread()",
	"lockOSThread":                  "zg_lockOSThread(false)",
	"UnlockOSThread":                "zg_UnlockOSThread()",
	"unlockOSThread":                "zg_unlockOSThread(false)",
	"stopTheWorld":                  "zg_stopTheWorld(uint64(reason), false)",
	"startTheWorld":                 "zg_startTheWorld(false)",
	"stopTheWorldGC":                "zg_stopTheWorldGC(uint64(reason), false)",
	"startTheWorldGC":               "zg_startTheWorldGC(false)",
	"stopTheWorldWithSema":          "zg_stopTheWorldWithSema(uint64(reason), false)",
	"startTheWorldWithSema":         "zg_startTheWorldWithSema(now, uint64(w.reason), false)",
	"forEachP":                      "zg_forEachP(uint64(reason))",
	"injectglist":                   "zgInjectglist(glist, false)",
	"globrunqputbatch":              "zg_globrunqputbatch(int64(n), false)",
	"runqdrain":                     "zg_runqdrain(pp)",
	"pollWork":                      "zg_pollWork()",
	"wakeNetPoller":                 "zg_wakeNetPoller(when, false)",
	"schedEnableUser":               "zg_schedEnableUser(enable)",
	"setMaxThreads":                 "zg_setMaxThreads(int64(in))",
	"internal_sync_runtime_canSpin": "zg_canSpin(int64(i))",
	"mstart1":                       "zg_mstart1()",
	"execute":                       "zg_execute(gp, inheritTime)",
	"runqput":                       "zgRunqput(pp, gp, next)",
	"startm":                        "zg_startm(pp, spinning, lockheld)",
	"handoffp":                      "zg_handoffp(pp)",
	"stopm":                         "zg_stopm()",
	"gcstopm":                       "zg_gcstopm()",
	"stoplockedm":                   "zg_stoplockedm()",
	"startlockedm":                  "zg_startlockedm(gp)",
	"mput":                          "zg_mput(mp)",
	"preemptone":                    "zg_preemptone(pp, false)",
	"newm":                          "zg_newm(pp, id)",
	"procresize":                    "zg_procresize(int64(nprocs))",
	"globrunqput":                   "zg_globrunqput(gp)",
	"globrunqputhead":               "zg_globrunqputhead(gp)",
	"mexit":                         "zg_mexit()",
	"p.destroy":                     "zg_pdestroy(pp)",
	"wirep":                         "zg_wirep(pp)",
	"gfput":                         "zg_gfput(gp, gp.stack.hi-gp.stack.lo == uintptr(startingStackSize))",
	"freezetheworld":                "zgFreeze()",
	"startTemplateThread":           "zg_startTemplateThread()",
	"os_beforeExit":                 "zg_os_beforeExit(int64(exitCode))",
}

var coroEntries = map[string]string{
	"coroswitch_m": "zg_coroswitch_m(uint64(uintptr(unsafe.Pointer(gp.coroarg))), gp.coroexit)",
}

// debugEntries are those of debug.go.
var debugEntries = map[string]string{
	"GOMAXPROCS": "zg_GOMAXPROCS(int64(n))",
}

// bubbleField is the field of a g that says in which bubble of fake time it is.
var bubbleField = "syncGroup"

// answers are calls whose result is recorded by a function around them: "%s"
// stands for the receiver of a method.
var answers = map[string]string{
	"nanotime":                          "zgTime(zk_nanotime, ",
	"cheaprand":                         "zgUint(zk_cheaprand, ",
	"timeSleepUntil":                    "zgTime(zk_timeSleepUntil, ",
	"isSystemGoroutine":                 "zgBool(zk_isSystemGoroutine, ",
	"t.test":                            "zgBool(zk_gcTrigger_test, ",
	"gcMarkWorkAvailable":               "zgBool(zk_gcMarkWorkAvailable, ",
	"gcController.addIdleMarkWorker":    "zgBool(zk_addIdleMarkWorker, ",
	"gcController.needIdleMarkWorker":   "zgBool(zk_needIdleMarkWorker, ",
	"gcController.findRunnableGCWorker": "zgGCWorker(",
	"gcBgMarkWorkerPool.pop":            "zgWorkerNode(",
	"wakefing":                          "zgGp(zk_wakefing, ",
	"traceReader":                       "zgGp(zk_traceReader, ",
	"traceReaderAvailable":              "zgIsG(zk_traceReaderAvailable, ",
	"canPreemptM":                       "zgBool(zk_canPreemptM, ",
	"runningPanicDefers.Load":           "zgUint(zk_runningPanicDefers, ",
	"fingStatus.Load":                   "zgStickyFing(",
	"traceEnabled":                      "zgStickyBool(0, zk_traceEnabled, ",
	"traceShuttingDown":                 "zgStickyBool(1, zk_traceShuttingDown, ",
	"netpollinited":                     "zgStickyBool(2, zk_netpollinited, ",
	"netpollAnyWaiters":                 "zgStickyBool(3, zk_netpollAnyWaiters, ",
	"scavenger.sysmonWake.Load":         "zgStickyNonzero(5, zk_scavenger_sysmonWake, ",
	"pp.timers.wakeTime":                "zgWakeTime(pp, ",
	"p2.timers.wakeTime":                "zgWakeTime(p2, ",
	"pp.timers.len.Load":                "zgTimersLen(pp, ",
	"atoi32":                            "zgEnvProcs(",
}

const stickyBlacken = "zgStickyNonzero(4, zk_gcBlackenEnabled, "

// ownCalls are the functions that both proc.go and code outside call: their records say who did. Where proc.go calls one
// of them, it calls a twin of it, whose record says that. goparkunlock has no record, but hands on who called it.
var ownCalls = words(`newproc1 gopark goparkunlock ready Gosched lockOSThread unlockOSThread stopTheWorld startTheWorld
	stopTheWorldGC startTheWorldGC stopTheWorldWithSema startTheWorldWithSema injectglist globrunqputbatch wakeNetPoller
	preemptone`)

type region struct{ before, after string }

// regions are calls that leave proc.go, by function and call, with the records before and after them; where the call
// has an argument, %s is the first. A function without parentheses goes around the argument, which makes records itself.
var regions = map[string]region{
	"schedinit parsedebugvars":         {"", "zg_parsedebugvars_ret(int64(debug.schedtrace), int64(debug.scheddetail), int64(debug.dontfreezetheworld), int64(debug.gctrace), int64(debug.asyncpreemptoff))"},
	"main doInit":                      {"zg_doInit()", "zg_doInit_ret()"},
	"main gcenable":                    {"zg_gcenable()", "zg_gcenable_ret()"},
	"main fn":                          {"zg_main_main()", "zg_main_main_ret()"},
	"main runExitHooks":                {"zg_runExitHooks(int64(%s))", "zg_runExitHooks_ret()"},
	"os_beforeExit runExitHooks":       {"zg_runExitHooks(int64(%s))", "zg_runExitHooks_ret()"},
	"forcegchelper gcStart":            {"zgGcStart", "zg_gcStart_ret()"},
	"stopTheWorld semacquire":          {"zg_semacquire(zgSema(%s))", "zg_semacquire_ret()"},
	"stopTheWorldGC semacquire":        {"zg_semacquire(zgSema(%s))", "zg_semacquire_ret()"},
	"startTheWorld semrelease1":        {"zg_semrelease(zgSema(%s), true)", "zg_semrelease_ret()"},
	"startTheWorldGC semrelease":       {"zg_semrelease(zgSema(%s), false)", "zg_semrelease_ret()"},
	"sysmon scavenger.wake":            {"zg_scavenger_wake()", "zg_scavenger_wake_ret()"},
	"forEachPInternal fn":              {"zg_safePointFn(%s)", "zg_safePointFn_ret(%s)"},
	"runSafePointFn sched.safePointFn": {"zg_safePointFn(%s)", "zg_safePointFn_ret(%s)"},
	"handoffp sched.safePointFn":       {"zg_safePointFn(%s)", "zg_safePointFn_ret(%s)"},

	"casgstatus gp.syncGroup.changegstatus": {"zg_synctest_changegstatus(gp, uint64(oldval), uint64(newval))", "zg_synctest_ret()"},
	"casGFromPreempted sg.changegstatus":    {"zg_synctest_changegstatus(gp, _Gpreempted, _Gwaiting)", "zg_synctest_ret()"},
	"park_m sg.incActive":                   {"zg_synctest_incActive()", "zg_synctest_ret()"},
	"park_m sg.decActive":                   {"zg_synctest_decActive()", "zg_synctest_ret()"},
	"coroswitch_m sg.incActive":             {"zg_synctest_incActive()", "zg_synctest_ret()"},
	"coroswitch_m sg.decActive":             {"zg_synctest_decActive()", "zg_synctest_ret()"},
}

// results are records of what a function returns, by the function.
var results = map[string]string{
	"internal_sync_runtime_canSpin": "zgBool(zk_canSpin_ret, ",
	"pollWork":                      "zgBool(zk_pollWork_ret, ",
	"preemptone":                    "zgBool(zk_preemptone_ret, ",
	"preemptall":                    "zgBool(zk_preemptall_ret, ",
	"GOMAXPROCS":                    "zgInt(zk_GOMAXPROCS_ret, ",
}

// bareResults are the same where the results have names, and the statement none.
var bareResults = map[string]string{
	"setMaxThreads": "zg_setMaxThreads_ret(int64(out));",
	"runqdrain":     "zgRunqdrained(drainQ, n);",
}

// announced are statements with a record in front; %s is the call's first argument.
var announced = map[string]string{
	"throw":                "zg_throw()",
	"fatal":                "zg_fatal()",
	"exit":                 "zg_exit(int64(%s), true)",
	"exitThread":           "zg_exitThread()",
	"usleep":               "zg_usleep(uint64(%s))",
	"newosproc":            "zg_newosproc(%s)",
	"preemptM":             "zg_preemptM(%s)",
	"netpollBreak":         "zg_netpollBreak()",
	"netpollAdjustWaiters": "zg_netpollAdjustWaiters(int64(%s))",
}

// noteArgs gives the record's arguments for the note in a call.
var noteArgs = map[string]string{
	"&gp.m.park":           "1, gp.m",
	"&mp.park":             "1, mp",
	"&nmp.park":            "1, nmp",
	"&sched.stopnote":      "2, nil",
	"&sched.sysmonnote":    "3, nil",
	"&sched.safePointNote": "4, nil",
	"&newmHandoff.wake":    "5, nil",
}

// plainReads are reads of a shared field by plain code that are recorded:
// "function expression" and the hook that replaces the expression.
var plainReads = map[string]string{
	"stopTheWorldWithSema pp.status":             "zg_p_status_Load(pp)",
	"forEachPInternal p2.status":                 "zg_p_status_Load(p2)",
	"exitsyscallfast oldp.status":                "zg_p_status_Load(oldp)",
	"retake pp.status":                           "zg_p_status_Load(pp)",
	"preemptall pp.status":                       "zg_p_status_Load(pp)",
	"runqgrab pp.status":                         "zg_p_status_Load(pp)",
	"retake pp.schedtick":                        "zg_p_schedtick_Load(pp)",
	"retake pp.syscalltick":                      "zg_p_syscalltick_Load(pp)",
	"findRunnable pp.runSafePointFn":             "zg_p_runSafePointFn_Load(pp)",
	"forEachPInternal p2.runSafePointFn":         "zg_p_runSafePointFn_Load(p2)",
	"reentersyscall gp.m.p.ptr().runSafePointFn": "zg_p_runSafePointFn_Load(gp.m.p.ptr())",
	"handoffp pp.runSafePointFn":                 "zg_p_runSafePointFn_Load(pp)",
	"runqput pp.runnext":                         "zg_p_runnext_Load(pp)",
	"runqget pp.runnext":                         "zg_p_runnext_Load(pp)",
	"runqdrain pp.runnext":                       "zg_p_runnext_Load(pp)",
	"runqgrab pp.runnext":                        "zg_p_runnext_Load(pp)",
	"preemptone pp.m":                            "zg_p_m_Load(pp)",
	"preemptone mp.curg":                         "zg_m_curg_Load(mp)",
	"goschedIfBusy gp.preempt":                   "zgGoschedIfBusy(gp.preempt)",
	"exitsyscallfast sched.pidle":                "zg_sched_pidle_Load()",
	"sysmon forcegcperiod":                       "zgForceGCPeriod(forcegcperiod)",
	"casgstatus casgstatusAlwaysTrack":           "zgStickyBool(6, zk_casgstatusAlwaysTrack, casgstatusAlwaysTrack)",
	"sysmon gomaxprocs":                          "zg_gomaxprocs_Load()",
	"handoffp gomaxprocs":                        "zg_gomaxprocs_Load()",
	"handoffp gcBlackenEnabled":                  stickyBlacken + "gcBlackenEnabled)",
	"findRunnable gcBlackenEnabled":              stickyBlacken + "gcBlackenEnabled)",
	"checkIdleGCNoP gcBlackenEnabled":            stickyBlacken + "gcBlackenEnabled)",
}

// outsideCalls are calls in the other files of the runtime that become inputs.
var outsideCalls = words(`casgstatus castogscanstatus casfrom_Gscanstatus casGFromPreempted casGToWaiting casGToWaitingForGC forEachG`)

// pBases are the expressions of proc.go that denote a P, where a field's name alone does not say so.
var pBases = words(`p pp p2 oldp gp.m.p.ptr() mp.p.ptr()`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// A rewriter applies the rules to one file and counts the matches of each.
type rewriter struct {
	*source
	count   map[string]int
	fn      string // the function that is being rewritten
	lhs     map[ast.Node]bool
	inStmt  map[ast.Node]*ast.ExprStmt
	handled map[ast.Node]bool // expressions that a rule has taken as a whole
	twin    bool              // a twin of ownCalls is made
	returnN int
}

// hit counts a match of the named rule.
func (r *rewriter) hit(rule string) { r.count[rule]++ }

// rewrite returns the instrumented text of one file of package runtime and
// adds the number of matches of every rule to count.
func rewrite(name string, text []byte, count map[string]int) ([]byte, error) {
	src, err := parseSource(name, text)
	if err != nil {
		return nil, err
	}
	r := &rewriter{source: src, count: count}
	var twins []byte
	for _, d := range src.file.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok || d.Body == nil {
			continue
		}
		r.function(name, d)
		if name == "proc.go" && ownCalls[d.Name.Name] && d.Recv == nil {
			text, err := twin(name, text, d.Name.Name)
			if err != nil {
				return nil, err
			}
			twins = append(twins, text...)
		}
	}
	if len(r.edits) == 0 {
		return text, nil
	}
	out, err := r.apply()
	return append(out, twins...), err
}

// twin is the text of a function under the name that proc.go calls it by, with the record that says so.
func twin(name string, text []byte, function string) ([]byte, error) {
	src, err := parseSource(name, text)
	if err != nil {
		return nil, err
	}
	r := &rewriter{source: src, count: map[string]int{}, twin: true}
	for _, d := range src.file.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok || d.Body == nil || d.Recv != nil || d.Name.Name != function {
			continue
		}
		r.function(name, d)
		r.before(d.Name, "zgOwn_")
		out, err := r.cut(d.Pos(), d.End())
		var pragmas string
		if d.Doc != nil {
			for _, c := range d.Doc.List {
				if strings.HasPrefix(c.Text, "//go:") && !strings.HasPrefix(c.Text, "//go:linkname") {
					pragmas += c.Text + "\n"
				}
			}
		}
		return []byte("\n" + pragmas + out + "\n"), err
	}
	return nil, fmt.Errorf("%s: no function %s", name, function)
}

// function applies the rules to one function of the file of that name.
func (r *rewriter) function(name string, d *ast.FuncDecl) {
	r.fn = funcName(d)
	switch {
	case name == "proc.go" || name == "coro.go":
		if skipFuncs[r.fn] {
			return
		}
		table := entries
		if name == "coro.go" {
			table = coroEntries
		}
		if text, ok := table[r.fn]; ok {
			r.enter(d, text)
		}
		if r.fn == "wakep" { // the hooks have a wakep for who comes from outside, by linkname
			r.hit("wakep at end")
			r.replace(d.Name.Pos(), d.Name.End(), "zgWakep")
			r.add(d.Body.Rbrace, d.Body.Rbrace, "zg_wakep(true)", false)
		}
		r.walk(d.Body, r.schedulerNode)
	case name == "debug.go" && debugEntries[r.fn] != "":
		r.enter(d, debugEntries[r.fn])
		r.walk(d.Body, func(n ast.Node) { r.ownCall(n); r.result(n); r.lockNode(n) })
	case name == "mgcmark.go" && r.fn == "markrootFreeGStacks":
		r.enter(d, "zg_markrootFreeGStacks()")
		r.walk(d.Body, r.lockNode)
	case name == "runtime.go" && r.fn == "syscall_Exit":
		r.enter(d, "zg_exit(int64(code), false)")
	case name == "debugcall.go" && r.fn == "debugCallWrap":
		r.enter(d, "zgStop(zgForeign)")
		r.walk(d.Body, r.outsideNode)
	case name == "panic.go" && r.fn == "startpanic_m":
		r.enter(d, "zgFreeze()")
		r.walk(d.Body, r.outsideNode)
	case name == "select.go" && r.fn == "selectgo":
		r.walk(d.Body, r.selectNode)
	default:
		r.walk(d.Body, r.outsideNode)
	}
}

// enter puts a record at the start of a function's body.
func (r *rewriter) enter(d *ast.FuncDecl, text string) {
	r.hit("entry " + r.fn)
	if r.twin {
		text = strings.TrimSuffix(text, "false)") + "true)"
	}
	at := d.Body.Lbrace + 1
	r.add(at, at, text+";", false)
}

// walk calls visit for every node below body, outer nodes first, with the
// notes on context that the rules need.
func (r *rewriter) walk(body ast.Node, visit func(ast.Node)) {
	r.lhs = map[ast.Node]bool{}
	r.inStmt = map[ast.Node]*ast.ExprStmt{}
	r.handled = map[ast.Node]bool{}
	r.returnN = 0
	ast.Inspect(body, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				r.lhs[x] = true
			}
		case *ast.IncDecStmt:
			r.lhs[n.X] = true
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				r.lhs[n.X] = true
			}
		case *ast.ExprStmt:
			r.inStmt[n.X] = n
		}
		if !r.handled[n] {
			visit(n)
		}
		return true
	})
}

func (r *rewriter) outsideNode(n ast.Node) {
	// A goroutine's stack is another one, or the size that new ones have.
	if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == 1 {
		switch {
		case r.fn == "copystack" && r.str(a.Lhs[0]) == "gp.stack":
			r.hit("outside gp.stack")
			r.after(a, ";zg_stack(gp, uint64(gp.stack.hi-gp.stack.lo))")
		case r.fn == "gcComputeStartingStackSize" && r.str(a.Lhs[0]) == "startingStackSize":
			r.hit("outside startingStackSize")
			r.after(a, ";zg_startingStackSize(uint64(startingStackSize))")
		}
	}
	// A goroutine enters or leaves a bubble: from then on its status changes call out.
	if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == 1 && r.str(a.Lhs[0]) == "gp."+bubbleField {
		r.hit("outside gp." + bubbleField)
		r.after(a, ";zg_syncGroup(gp, gp."+bubbleField+" != nil)")
		return
	}
	// A bubble's goroutine runs its timers as if the thread had none (from Go 1.25 on).
	if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == 1 && r.str(a.Lhs[0]) == "gp.m.curg" {
		r.hit("outside gp.m.curg")
		r.replace(a.Pos(), a.Rhs[0].Pos(), "zgBubbleCurg(gp.m, ")
		r.after(a.Rhs[0], ")")
		return
	}
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return
	}
	// While the collector checks its marks with the world stopped, nobody shall see that it is (from Go 1.25 on).
	if r.str(call.Fun) == "sched.gcwaiting.Store" {
		r.hit("outside sched.gcwaiting")
		r.replace(call.Fun.Pos(), call.Fun.End(), "zgCheckmark")
		return
	}
	// The search for leaks begins: those that it found before wait again, as far as it is concerned (from Go 1.26 on).
	if r.str(call) == "gp.atomicstatus.CompareAndSwap(_Gleaked, _Gwaiting)" {
		r.hit("outside leaked.again")
		r.replace(call.Pos(), call.End(), "zgLeakedAgain(gp)")
		return
	}
	if id, ok := call.Fun.(*ast.Ident); ok && outsideCalls[id.Name] {
		r.hit("outside " + id.Name)
		r.before(call, "zgIn_")
	}
}

// selectNode lets the order in which a select looks at its cases come from a seed.
func (r *rewriter) selectNode(n ast.Node) {
	if id, ok := n.(*ast.Ident); ok && id.Name == "cheaprandn" {
		r.hit("select cheaprandn")
		r.replace(id.Pos(), id.End(), "zgSelectRandn")
	}
	r.outsideNode(n)
}

// lockNode applies the rules for locks and for the lists of free Gs.
func (r *rewriter) lockNode(n ast.Node) {
	switch n := n.(type) {
	case *ast.CallExpr:
		if !r.lockCall(n) && !r.sharedCall(n) && r.str(n.Fun) == "defaultGOMAXPROCS" {
			r.hit("answer defaultGOMAXPROCS")
			r.wrap(n, answers["defaultGOMAXPROCS"], ")")
		}
	case *ast.AssignStmt:
		switch r.str(n) {
		case "list := sched.gFree.stack":
			r.hit("sched.gFree.stack.take")
			r.replace(n.Rhs[0].Pos(), n.Rhs[0].End(), "zg_sched_gFree_stack_take()")
		case "sched.gFree.stack = gList{}":
			r.hit("sched.gFree.stack.take")
			r.replace(n.Pos(), n.End(), "")
		}
	}
}

// ownCall lets proc.go call the twin of a function that others call, too.
func (r *rewriter) ownCall(n ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return
	}
	id, ok := call.Fun.(*ast.Ident)
	if !ok || !ownCalls[id.Name] || r.fn == "goparkunlock" && !r.twin {
		return
	}
	r.hit("own " + id.Name)
	r.before(id, "zgOwn_")
}

// result records what a function returns.
func (r *rewriter) result(n ast.Node) {
	ret, ok := n.(*ast.ReturnStmt)
	if !ok {
		return
	}
	if text, ok := results[r.fn]; ok {
		r.hit("result " + r.fn)
		r.wrap(ret.Results[0], text, ")")
	} else if text, ok := bareResults[r.fn]; ok && len(ret.Results) == 0 {
		r.hit("result " + r.fn)
		r.before(ret, text)
	}
}

func (r *rewriter) schedulerNode(n ast.Node) {
	r.ownCall(n)
	r.result(n)
	switch n := n.(type) {
	case *ast.CallExpr:
		r.call(n)
	case *ast.AssignStmt:
		r.assign(n)
	case *ast.IncDecStmt:
		r.incDec(n)
	case *ast.ReturnStmt:
		r.ret(n)
	case *ast.SelectorExpr, *ast.Ident:
		r.read(n.(ast.Expr))
	}
}

// ret handles the records of findRunnable, wakep and mget at their exits.
func (r *rewriter) ret(n *ast.ReturnStmt) {
	switch r.fn {
	case "findRunnable":
		r.returnN++
		var res []string
		for _, x := range n.Results {
			res = append(res, r.str(x))
		}
		r.hit("found")
		r.before(n, fmt.Sprintf("zg_found(%d, %s);", r.returnN, strings.Join(res, ", ")))
	case "wakep":
		r.hit("wakep return")
		r.before(n, "zg_wakep(false);")
	case "mget", "mgetSpecific":
		r.hit(r.fn)
		r.before(n, "zg_"+r.fn+"("+r.str(n.Results[0])+");")
	}
}

// stmt returns the statement that consists of the call, or nil.
func (r *rewriter) stmt(c *ast.CallExpr) *ast.ExprStmt { return r.inStmt[c] }

func (r *rewriter) call(c *ast.CallExpr) {
	if r.fieldMethod(c) || r.atomicCall(c) || r.lockCall(c) || r.sharedCall(c) || r.maskCall(c) {
		return
	}
	fun := r.str(c.Fun)
	if s := r.stmt(c); s != nil {
		of := func(text string) string {
			if strings.Contains(text, "%s") {
				text = fmt.Sprintf(text, r.str(c.Args[0]))
			}
			return text
		}
		if text, ok := announced[fun]; ok && len(c.Args) <= 1 {
			r.hit("before " + fun)
			r.before(s, of(text)+";")
			return
		}
		if around, ok := regions[r.fn+" "+fun]; ok {
			r.hit("around " + r.fn + " " + fun)
			switch {
			case around.before == "":
			case strings.Contains(around.before, "("):
				r.before(s, of(around.before)+";")
			default:
				r.wrap(c.Args[0], around.before+"(", ")")
			}
			r.after(s, ";"+of(around.after))
			return
		}
	}
	switch {
	case fun == "readgstatus":
		r.hit("readgstatus")
		r.replace(c.Fun.Pos(), c.Fun.End(), "zg_g_atomicstatus_Load")
	case fun == "wakep":
		r.hit("wakep inside")
		r.replace(c.Fun.Pos(), c.Fun.End(), "zgWakep")
	case fun == "netpoll":
		r.hit("netpoll")
		r.replace(c.Fun.Pos(), c.Fun.End(), "zgNetpoll")
	case fun == "pp.timers.check" || fun == "p2.timers.check":
		r.hit("timers.check")
		r.replace(c.Pos(), c.Lparen+1, "zgTimersCheck("+fun[:2]+", ")
	case fun == "fn" && r.fn == "park_m":
		r.hit("waitunlockf")
		r.wrap(c, "zgBool(zgWaitunlockf(gp), ", ")")
	case fun == "len" && len(c.Args) == 1 && r.str(c.Args[0]) == "pp.timers.heap" && r.fn == "checkdead":
		r.hit("timers.heaplen")
		r.wrap(c, "zgTimersHeaplen(pp, ", ")")
	case fun == "setGNoWB":
		if x, ok := c.Args[0].(*ast.UnaryExpr); ok {
			if sel, ok := x.X.(*ast.SelectorExpr); ok && sel.Sel.Name == "curg" {
				r.hit("m.curg.Store")
				r.replace(c.Pos(), c.Args[0].End(), "zg_m_curg_Store("+r.str(sel.X))
			}
		}
	case fun == "notewakeup" || fun == "notesleep" || fun == "notetsleep":
		r.note(c, fun)
	default:
		if text, ok := answers[fun]; ok {
			if fun == "pp.timers.len.Load" && r.fn != "pidleput" {
				return
			}
			r.hit("answer " + fun)
			r.wrap(c, text, ")")
		}
	}
}

func (r *rewriter) note(c *ast.CallExpr, fun string) {
	args, ok := noteArgs[r.str(c.Args[0])]
	if !ok {
		return
	}
	r.hit(fun)
	switch fun {
	case "notewakeup":
		r.before(r.stmt(c), "zg_notewakeup("+args+");")
	case "notesleep":
		r.before(r.stmt(c), "zg_sleeps("+args+");")
		r.after(r.stmt(c), ";zg_notesleep("+args+")")
	case "notetsleep":
		n, _, _ := strings.Cut(args, ",")
		r.wrap(c, "zgNoteWait(zgSleeps("+n+"), "+r.str(c.Args[1])+", ", ")")
	}
}

// lockCall handles lock(X) and unlock(X) of the locks that are recorded.
func (r *rewriter) lockCall(c *ast.CallExpr) bool {
	fun := r.str(c.Fun)
	s := r.stmt(c)
	if fun != "lock" && fun != "unlock" || s == nil || len(c.Args) != 1 {
		return false
	}
	what := r.str(c.Args[0])
	if r.fn == "parkunlock_c" {
		r.hit("unlock")
		r.before(s, "zgUnlock("+what+");")
		return true
	}
	for i, name := range lockNames {
		if what == "&"+name {
			r.hit(fun)
			if fun == "lock" {
				r.after(s, fmt.Sprintf(";zg_lock(%d)", i+1))
			} else {
				r.before(s, fmt.Sprintf("zg_unlock(%d);", i+1))
			}
		}
	}
	return true
}

// sharedCall handles the global lists of free Gs, and from Go 1.25 on the global queue.
func (r *rewriter) sharedCall(c *ast.CallExpr) bool {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch r.str(sel.X) {
	case "sched.gFree.stack", "sched.gFree.noStack", "sched.runq":
	default:
		return false
	}
	name := r.str(c.Fun)
	if _, ok := kindByName[name]; !ok {
		return false
	}
	r.hit(name)
	r.replace(c.Fun.Pos(), c.Fun.End(), "zg_"+strings.ReplaceAll(name, ".", "_"))
	return true
}

// maskCall handles the methods of the masks of Ps.
func (r *rewriter) maskCall(c *ast.CallExpr) bool {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x := r.str(sel.X)
	mask := strings.TrimSuffix(x, "Snapshot")
	if _, ok := kindByName[mask+"."+sel.Sel.Name]; !ok || mask != "idlepMask" && mask != "timerpMask" {
		return false
	}
	r.hit(mask + "." + sel.Sel.Name)
	r.replace(c.Pos(), c.Lparen+1, "zg_"+mask+"_"+sel.Sel.Name+"("+x+", ")
	return true
}

// methodOps maps methods to operations.
var methodOps = map[string]string{
	"Load": "Load", "Store": "Store", "Add": "Add", "Swap": "Swap", "CompareAndSwap": "Cas",
	"cas": "Cas", "set": "Set",
}

// fieldOf finds the recorded field that an expression denotes, and the object
// that holds it ("" for a global).
func (r *rewriter) fieldOf(x ast.Expr) (f field, obj string, ok bool) {
	text := r.str(x)
	for _, f := range fields {
		if f.Obj() == "" {
			if text == f.Name {
				return f, "", true
			}
			continue
		}
		sel, isSel := x.(*ast.SelectorExpr)
		if !isSel || sel.Sel.Name != f.Last() {
			continue
		}
		base := r.str(sel.X)
		if f.Obj() == "p" && !pBases[base] {
			continue
		}
		return f, base, true
	}
	return field{}, "", false
}

// fieldMethod handles method calls on a field: E.f.Load() and the like.
func (r *rewriter) fieldMethod(c *ast.CallExpr) bool {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	op, ok := methodOps[sel.Sel.Name]
	if !ok {
		return false
	}
	f, obj, ok := r.fieldOf(sel.X)
	if !ok || f.Sort == "u32" {
		return false
	}
	rule := op
	if op == "Set" {
		if f.Name != "sched.pidle" && f.Name != "p.m" {
			return false
		}
		rule = "Store"
	}
	r.hit(f.Name + "." + rule)
	r.handled[sel.X] = true
	r.replace(c.Pos(), c.Lparen+1, "zg_"+f.ID()+"_"+op+"("+comma(obj, len(c.Args)))
	return true
}

// comma is the text of a first argument in front of n others.
func comma(first string, n int) string {
	if first != "" && n > 0 {
		return first + ", "
	}
	return first
}

// atomicOps maps functions of internal/runtime/atomic to operations.
var atomicOps = map[string]string{
	"Load": "Load", "LoadAcq": "Load", "Loaduintptr": "LoadU", "Store": "Store", "StoreRel": "Store", "Cas": "Cas", "CasRel": "Cas",
}

// atomicCall handles atomic.Op(&E.f, ...).
func (r *rewriter) atomicCall(c *ast.CallExpr) bool {
	name, ok := strings.CutPrefix(r.str(c.Fun), "atomic.")
	op := atomicOps[name]
	if !ok || op == "" {
		return false
	}
	first := c.Args[0]
	text := r.str(first)
	switch {
	case text == "(*uint32)(unsafe.Pointer(int32p))":
		r.hit("gomaxprocs.Store")
		r.replace(c.Fun.Pos(), c.Fun.End(), "zg_gomaxprocs_Store")
		return true
	case text == "(*uintptr)(unsafe.Pointer(&pp.runnext))":
		r.hit("p.runnext.Load")
		r.replace(c.Pos(), c.End(), "zg_p_runnext_LoadU(pp)")
		return true
	case text == "&gcBlackenEnabled":
		r.hit("gcBlackenEnabled atomic")
		r.wrap(c, stickyBlacken, ")")
		return true
	}
	addr, ok := first.(*ast.UnaryExpr)
	if !ok || addr.Op != token.AND {
		return false
	}
	f, obj, ok := r.fieldOf(addr.X)
	if !ok {
		return false
	}
	r.hit(f.Name + "." + op)
	end := c.Rparen
	if len(c.Args) > 1 {
		end = c.Args[1].Pos()
	}
	r.handled[addr.X] = true
	r.replace(c.Pos(), end, "zg_"+f.ID()+"_"+op+"("+comma(obj, len(c.Args)-1))
	return true
}

// plainStores are assignments to shared fields that are not recorded.
var plainStores = words(`p.destroy:pp.runnext p.destroy:pp.runqtail`)

// assign handles E.f = v and E.f += v.
func (r *rewriter) assign(n *ast.AssignStmt) {
	if r.fn == "newcoro" && r.str(n) == "c := new(coro)" {
		r.hit("entry newcoro")
		r.after(n, ";zg_newcoro(uint64(uintptr(unsafe.Pointer(c))))")
		return
	}
	if call, ok := n.Rhs[0].(*ast.CallExpr); ok && r.str(call.Fun) == "gcController.findRunnableGCWorker" {
		r.hit("before findRunnableGCWorker")
		r.before(n, "zg_findRunnableGCWorker("+r.str(call.Args[0])+", "+r.str(call.Args[1])+");")
		return
	}
	if len(n.Lhs) != 1 || n.Tok == token.DEFINE {
		return
	}
	if sel, ok := n.Lhs[0].(*ast.SelectorExpr); ok && sel.Sel.Name == "gcMarkWorkerMode" {
		r.hit("before gcMarkWorkerMode")
		r.before(n, "zg_gcMarkWorkerMode("+r.str(sel.X)+", int64("+r.str(n.Rhs[0])+"));")
		return
	}
	f, obj, ok := r.fieldOf(n.Lhs[0])
	if !ok || plainStores[r.fn+":"+r.str(n.Lhs[0])] || f.Name == "p.syscalltick" {
		return
	}
	start, rhs := n.Pos(), n.Rhs[0]
	switch {
	case f.Name == "sched.freem":
		r.hit("sched.freem.Store")
		r.wrap(n, "zgBegin();", ";zg_sched_freem_Stored(sched.freem)")
		return
	case n.Tok == token.ASSIGN:
		r.hit(f.Name + ".Store")
		r.replace(start, rhs.Pos(), "zg_"+f.ID()+"_Store("+comma(obj, 1))
	case n.Tok == token.ADD_ASSIGN:
		r.hit(f.Name + ".Add")
		r.replace(start, rhs.Pos(), "zg_"+f.ID()+"_Add("+comma(obj, 1))
	case n.Tok == token.SUB_ASSIGN:
		r.hit(f.Name + ".Add")
		r.replace(start, rhs.Pos(), "zg_"+f.ID()+"_Add("+comma(obj, 1)+"-")
	default:
		return
	}
	r.after(rhs, ")")
}

// incDec handles E.f++.
func (r *rewriter) incDec(n *ast.IncDecStmt) {
	if r.fn == "reentersyscall" && r.str(n) == "gp.m.locks++" {
		r.hit("entry reentersyscall")
		r.after(n, ";zg_entersyscall()")
		return
	}
	f, obj, ok := r.fieldOf(n.X)
	if !ok || plainStores[r.fn+":"+r.str(n.X)] || n.Tok != token.INC {
		return
	}
	r.hit(f.Name + ".Add")
	r.replace(n.Pos(), n.End(), "zg_"+f.ID()+"_Add("+comma(obj, 1)+"1)")
}

// read handles the plain reads in plainReads, and those of sched.runqsize and sched.freem.
func (r *rewriter) read(x ast.Expr) {
	if r.lhs[x] {
		return
	}
	text := r.str(x)
	hook, ok := plainReads[r.fn+" "+text]
	rule := "read " + r.fn + " " + text
	switch {
	case text == "sched.runqsize" && r.fn != "globrunqget" && r.fn != "schedtrace":
		hook, ok, rule = "zg_sched_runqsize_Load()", true, "read sched.runqsize"
	case text == "sched.freem" && r.fn == "allocm" && r.count["read sched.freem"] == 0:
		hook, ok, rule = "zg_sched_freem_Load()", true, "read sched.freem"
	}
	if !ok {
		return
	}
	r.hit(rule)
	r.handled[x] = true
	r.replace(x.Pos(), x.End(), hook)
	ast.Inspect(x, func(n ast.Node) bool { r.handled[n] = true; return true })
}

// checkCounts compares the matches with those that the release gives.
func checkCounts(count map[string]int) error {
	var bad []string
	for rule, want := range wantCounts {
		if count[rule] != want {
			bad = append(bad, fmt.Sprintf("%s: %d instead of %d", rule, count[rule], want))
		}
	}
	for rule, n := range count {
		if _, ok := wantCounts[rule]; !ok {
			bad = append(bad, fmt.Sprintf("%s: %d instead of 0", rule, n))
		}
	}
	if bad == nil {
		return nil
	}
	sort.Strings(bad)
	return fmt.Errorf("package runtime is not that of %s: %s", current.name, strings.Join(bad, "; "))
}
