// Tests of the edits and of the rules, on small sources of our own.
package main

import (
	"strings"
	"testing"
)

// body rewrites a function of proc.go with the given name and body, and
// returns the new body.
func body(t *testing.T, name, in string) string {
	t.Helper()
	const head = "package runtime\nfunc "
	text := head + name + " {" + in + "}\n"
	out, err := rewrite("proc.go", []byte(text), map[string]int{})
	if err != nil {
		t.Fatal(err)
	}
	got, ok := strings.CutPrefix(string(out), head+name+" {")
	if !ok {
		t.Fatalf("the head of the function changed: %s", out)
	}
	return strings.TrimSuffix(got, "}\n")
}

func TestRules(t *testing.T) {
	for _, c := range []struct{ name, fn, in, want string }{
		{"atomic method", "f()", "x := sched.npidle.Load() + 1", "x := zg_sched_npidle_Load() + 1"},
		{"store of an answer", "f()", "sched.lastpoll.Store(nanotime())", "zg_sched_lastpoll_Store(zgTime(zk_nanotime, nanotime()))"},
		{"object", "f()", "ok := a.b.atomicstatus.CompareAndSwap(1, 2)", "ok := zg_g_atomicstatus_Cas(a.b, 1, 2)"},
		{"atomic function", "f()", "h := atomic.LoadAcq(&pp.runqhead)", "h := zg_p_runqhead_Load(pp)"},
		{"atomic cas", "f()", "if atomic.CasRel(&pp.runqhead, h, h+n) {\n}", "if zg_p_runqhead_Cas(pp, h, h+n) {\n}"},
		{"other atomics", "f()", "atomic.Store(&x.y, 1)", "atomic.Store(&x.y, 1)"},
		{"store", "f()", "gp.m.p.ptr().status = s", "zg_p_status_Store(gp.m.p.ptr(), s)"},
		{"increment of a P's field", "f()", "pp.syscalltick++", "zg_p_syscalltick_Add(pp, 1)"},
		{"same name in an M", "f()", "gp.m.syscalltick++", "gp.m.syscalltick++"},
		{"negative add", "f()", "sched.runqsize -= n", "zg_sched_runqsize_Add(-n)"},
		{"set", "f()", "pp.m.set(mp)", "zg_p_m_Set(pp, mp)"},
		{"a new id", "f()", "newg.goid = pp.goidcache", "zg_g_goid_Store(newg, pp.goidcache)"},
		{"M of a G", "f()", "gp.m = mp", "gp.m = mp"},
		{"field with a write barrier", "f()", "sched.freem = mp", "zgBegin();sched.freem = mp;zg_sched_freem_Stored(sched.freem)"},
		{"lock", "f()", "lock(&sched.lock)\nunlock(&sched.lock)", "lock(&sched.lock);zg_lock(1)\nzg_unlock(1);unlock(&sched.lock)"},
		{"other lock", "f()", "lock(&mheap_.lock)", "lock(&mheap_.lock)"},
		{"plain read, listed", "preemptall()", "if pp.status == 1 {\n}", "if zg_p_status_Load(pp) == 1 {\n}"},
		{"plain read, not listed", "f()", "if pp.status == 1 {\n}", "if pp.status == 1 {\n}"},
		{"queue size", "f()", "if sched.runqsize != 0 {\n}", "if zg_sched_runqsize_Load() != 0 {\n}"},
		{"announced", "f()", "usleep(20)\nthrow(\"x\")", "zg_usleep(uint64(20));usleep(20)\nzg_throw();throw(\"x\")"},
		{"notes", "f()", "notewakeup(&mp.park)\nnotesleep(&gp.m.park)", "zg_notewakeup(1, mp);notewakeup(&mp.park)\nzg_sleeps(1, gp.m);notesleep(&gp.m.park);zg_notesleep(1, gp.m)"},
		{"a call of its own", "f()", "injectglist(&list)", "zgOwn_injectglist(&list)"},
		{"for who called it", "goparkunlock()", "gopark(f)", "gopark(f)"},
		{"a call that leaves", "runSafePointFn()", "sched.safePointFn(p)",
			"zg_safePointFn(p);sched.safePointFn(p);zg_safePointFn_ret(p)"},
		{"a function that others call, too", "startTheWorldGC()", "semrelease(&gcsema)",
			"zg_startTheWorldGC(false);zg_semrelease(zgSema(&gcsema), false);semrelease(&gcsema);zg_semrelease_ret()}\n" +
				"\nfunc zgOwn_startTheWorldGC() {zg_startTheWorldGC(true);" +
				"zg_semrelease(zgSema(&gcsema), false);semrelease(&gcsema);zg_semrelease_ret()"},
		{"a result", "preemptall() bool", "return res", "return zgBool(zk_preemptall_ret, res)"},
		{"mask", "f()", "ok := idlepMaskSnapshot.read(3)", "ok := zg_idlepMask_read(idlepMaskSnapshot, 3)"},
		{"free list", "f()", "gp := sched.gFree.stack.pop()", "gp := zg_sched_gFree_stack_pop()"},
		{"timers", "f()", "a, b, c := p2.timers.check(now)", "a, b, c := zgTimersCheck(p2, now)"},
		{"return of the decision", "findRunnable() (int, bool, bool)", "return gp, true, false", "zg_found(1, gp, true, false);return gp, true, false"},
		{"entry", "stopm()", "x()", "zg_stopm();x()"},
		{"skipped function", "sigprof()", "throw(\"x\")", "throw(\"x\")"},
	} {
		if got := body(t, c.fn, c.in); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestOutsideFilesOnlyAnnounceStatusChanges(t *testing.T) {
	in := "package runtime\nfunc f() { casgstatus(gp, 1, 2); lock(&sched.lock); sched.npidle.Load() }\n"
	out, err := rewrite("stack.go", []byte(in), map[string]int{})
	want := strings.Replace(in, "casgstatus(", "zgIn_casgstatus(", 1)
	if err != nil || string(out) != want {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestOverlappingEditsAreRefused(t *testing.T) {
	s, err := parseSource("x.go", []byte("package x\nvar a = 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := s.file.Decls[0]
	s.replace(d.Pos(), d.End(), "var b = 1")
	s.replace(d.Pos()+4, d.End(), "c = 1")
	if _, err := s.apply(); err == nil {
		t.Error("two edits of the same text were accepted")
	}
}

func TestLineNumbersAreKept(t *testing.T) {
	s, err := parseSource("x.go", []byte("package x\nvar a = 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	s.before(s.file.Decls[0], "var b = 2\n")
	if _, err := s.apply(); err == nil {
		t.Error("an edit that adds a line was accepted")
	}
}

func TestAnotherRuntimeIsRefused(t *testing.T) {
	count := map[string]int{}
	for rule, n := range wantCounts {
		count[rule] = n
	}
	if err := checkCounts(count); err != nil {
		t.Fatal(err)
	}
	count["found"]++
	err := checkCounts(count)
	if err == nil || !strings.Contains(err.Error(), "found: 14 instead of 13") {
		t.Errorf("got %v", err)
	}
}

func TestKindTable(t *testing.T) {
	types := words("u i b t g p m l L pc")
	for _, k := range kinds {
		if !strings.Contains("IORD", k.Class) || len(k.Class) != 1 {
			t.Errorf("%s: class %q", k.Name, k.Class)
		}
		for _, a := range k.Args {
			if !types[a.Type] {
				t.Errorf("%s: argument %s has type %q", k.Name, a.Name, a.Type)
			}
		}
	}
	if k := kindByName["sched.nmspinning.Cas"]; k.Class != "D" {
		t.Errorf("sched.nmspinning.Cas has class %s", k.Class)
	}
}
