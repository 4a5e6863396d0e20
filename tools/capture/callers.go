// Who calls into the scheduler from the rest of package runtime. Such a call is
// an input of a replay: a record at the head of the function says that it came
// (kinds.go, "outside"). A function that has records in it but none at its head
// must not be called from elsewhere: the replay could not know why they are
// there. Here the calls are counted out, on the sources as they are after the
// rules, so that a release with a new one is refused and not captured wrongly.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// knownCallers are calls without a record at the head, and why no replay meets them: "caller callee".
var knownCallers = map[string]string{
	"bgsweep goschedIfBusy":       "the first thing it looks at has a record, which tells of the call",
	"suspendG dumpgstatus":        "before a throw",
	"resumeG dumpgstatus":         "before a throw",
	"startpanic_m schedtrace":     "the program crashes: the log has ended",
	"cgocall entersyscall":        "cgo",
	"cgocallbackg reentersyscall": "cgo",
	"cgocallbackg1 newextram":     "cgo",
	"badsignal needm":             "a thread that C made",
	"badsignal dropm":             "a thread that C made",
	"adjustSignalStack2 needm":    "a thread that C made",
	"adjustSignalStack2 dropm":    "a thread that C made",
	"debugCallWrap dropg":         "a debugger calls a function",
	"debugCallWrap1 dropg":        "a debugger calls a function",
}

// A function of package runtime, as far as calls go.
type function struct {
	scheduler bool            // of the files that a replay runs
	told      bool            // it begins with a record
	records   bool            // it has records
	calls     map[string]bool // names: functions, and methods with a dot before them
}

// callers reads the sources of package runtime, by file name, and returns the calls into the scheduler that
// nothing tells of.
func callers(sources map[string][]byte) ([]string, error) {
	functions := map[string]*function{}
	full := map[string][]string{} // the names of methods, by the short name that a call shows
	for name, text := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(name, "zgort_") {
			continue
		}
		for _, d := range file.Decls {
			d, ok := d.(*ast.FuncDecl)
			if !ok || d.Body == nil {
				continue
			}
			f := readFunction(d)
			f.scheduler = name == "proc.go" || name == "coro.go"
			functions[funcName(d)] = f
			short := d.Name.Name
			if d.Recv != nil {
				short = "." + short
			}
			full[short] = append(full[short], funcName(d))
		}
	}

	// The function that is called so. The types of things are not known here: a method whose name several types have
	// (init, for one) is not looked at.
	meant := func(call string) (string, bool) {
		if len(full[call]) != 1 {
			return "", false
		}
		return full[call][0], true
	}
	// Whether a call of it leaves records that the call itself does not tell of.
	untold := map[string]bool{}
	var leaves func(name string) bool
	leaves = func(name string) bool {
		f := functions[name]
		if !f.scheduler || f.told {
			return false
		}
		if known, ok := untold[name]; ok {
			return known
		}
		untold[name] = false // for what calls itself
		found := f.records
		for call := range f.calls {
			callee, ok := meant(call)
			found = found || ok && leaves(callee)
		}
		untold[name] = found
		return found
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		if functions[name].scheduler {
			continue
		}
		for _, call := range slices.Sorted(maps.Keys(functions[name].calls)) {
			if callee, ok := meant(call); ok && leaves(callee) {
				found = append(found, name+" "+callee)
			}
		}
	}
	return found, nil
}

func readFunction(d *ast.FuncDecl) *function {
	f := &function{calls: map[string]bool{}}
	if len(d.Body.List) > 0 {
		if s, ok := d.Body.List[0].(*ast.ExprStmt); ok {
			c, ok := s.X.(*ast.CallExpr)
			f.told = ok && tellsOfACall(calledName(c.Fun))
		}
	}
	ast.Inspect(d.Body, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := calledName(c.Fun)
		switch own, isOwn := strings.CutPrefix(name, "zgOwn_"); {
		case isOwn:
			f.calls[own] = true
		case name == "zg_throw": // where the log ends
		case strings.HasPrefix(name, "zg"):
			f.records = true
		default:
			f.calls[name] = true
		}
		// A function that is handed on, to systemstack or mcall, is called there.
		for _, a := range c.Args {
			f.calls[calledName(a)] = true
		}
		return true
	})
	return f
}

// tellsOfACall: the hook's record is one of a function, not of a field that it looks at.
func tellsOfACall(hook string) bool {
	name, isHook := strings.CutPrefix(hook, "zg")
	for _, f := range fields {
		if strings.HasPrefix(name, "_"+strings.ReplaceAll(f.Name, ".", "_")+"_") {
			return false
		}
	}
	return isHook && hook != "zg_throw"
}

// calledName is the name of a function, of a method with a dot before it, or nothing.
func calledName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return "." + e.Sel.Name
	}
	return ""
}

// checkCallers refuses a package runtime in which a call into the scheduler would come out of nothing.
func checkCallers(sources map[string][]byte) error {
	return refuse(callers, sources, knownCallers, "calls")
}

// refuse is the error of the first pair that is found in the sources and not known: "function what", of which no record tells.
func refuse(find func(map[string][]byte) ([]string, error), sources map[string][]byte, known map[string]string, does string) error {
	found, err := find(sources)
	if err != nil {
		return err
	}
	for _, pair := range found {
		if _, ok := known[pair]; !ok {
			function, what, _ := strings.Cut(pair, " ")
			return fmt.Errorf("package runtime is not that of %s: %s %s %s, and no record would tell of it", current.name, function, does, what)
		}
	}
	return nil
}
