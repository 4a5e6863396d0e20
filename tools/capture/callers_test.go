// Tests of the search for calls into the scheduler of which nothing tells, on small sources of our own.
package main

import (
	"slices"
	"strings"
	"testing"
)

const ofTheScheduler = `package runtime
func told() { zg_goready(); deep() }
func decides() { zg_startm(); helper() }
func asks() { if zg_sched_npidle_Load() > 0 { deep() } }
func deep() { zg_sched_npidle_Load() }
func over() { helper(); systemstack(handedOn) }
func handedOn() { (&p{}).method() }
func (pp *p) method() { helper(); zgOwn_asks() }
func around() { around(); helper() }
func throws() { zg_throw("the end") }
func helper() {}
func zgOwn_asks() { zg_own(); deep() }
`

func TestCallers(t *testing.T) {
	for _, c := range []struct{ name, caller, want string }{
		{"a record at the head", "func f() { told() }", ""},
		{"none at the head", "func f() { asks() }", "f asks"},
		{"a decision at the head", "func f() { decides() }", ""},
		{"further down", "func f() { over() }", "f over"},
		{"a method", "func f(pp *p) { pp.method() }", "f p.method"},
		{"by a method", "func (x *t) f() { if true { deep() } }", "t.f deep"},
		{"on another stack", "func f() { systemstack(func() { deep() }) }", "f deep"},
		{"handed on", "func f() { mcall(deep) }", "f deep"},
		{"in a goroutine", "func f() { go deep() }", "f deep"},
		{"no records", "func f() { helper(); around() }", ""},
		{"before a throw", "func f() { throws() }", ""},
		{"a method of that name", "func f() { x.over() }", ""},
		{"of two types", "func (x *t) method() { x.method() }", ""},
	} {
		sources := map[string][]byte{
			"proc.go":       []byte(ofTheScheduler),
			"other.go":      []byte("package runtime\n" + c.caller + "\n"),
			"zgort_slog.go": []byte("package runtime\nfunc g() { deep() }\n"),
		}
		found, err := callers(sources)
		if got := strings.Join(found, ", "); err != nil || got != c.want {
			t.Errorf("%s: %q instead of %q (%v)", c.name, got, c.want, err)
		}
		if err := checkCallers(sources); (err != nil) != (c.want != "") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestKnownCallersCall(t *testing.T) { allFound(t, callers, knownCallers) }

// allFound: what is excused is there, in the installed release. Else the reason is one of something else.
func allFound(t *testing.T, find func(map[string][]byte) ([]string, error), known map[string]string) {
	tc, err := findToolchain("")
	if err != nil {
		t.Fatal(err)
	}
	_, sources, _, err := tc.instrumented()
	if err != nil {
		t.Fatal(err)
	}
	found, err := find(sources)
	if err != nil {
		t.Fatal(err)
	}
	for pair := range known {
		if !slices.Contains(found, pair) {
			t.Errorf("%s: not in %s", pair, tc.Version)
		}
	}
}
