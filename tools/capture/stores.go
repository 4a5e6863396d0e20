// Who stores to the scheduler's state from the rest of package runtime. A replay makes the stores of proc.go and coro.go.
// Another one, to a field that snapshots compare, would be a difference that the port is not to blame for, unless a record
// tells of it or the table's rule leaves out the moments at which it can be seen. What it leaves out (dead, still, idle,
// settled ...) it does for this reason; the fields that are compared always must have no such stores. They are looked for
// by their types, on the sources as they are after the rules (a store that a record tells of is a hook then), so that a
// release with a new one is refused and not captured wrongly: what callers.go does for calls.
package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// knownStores are stores of which nothing tells, and why no snapshot shows them: "function field".
var knownStores = map[string]string{
	"GOMAXPROCS newprocs":                     "a replay runs it, too",
	"gcBgMarkWorker m.preemptoff":             "a reason of code outside, which is one value and not compared",
	"gcMarkDone m.preemptoff":                 "a reason of code outside, which is one value and not compared",
	"gcMarkTermination m.preemptoff":          "a reason of code outside, which is one value and not compared",
	"copystack g.stktopsp":                    "moves with the stack; compared is whether it is zero",
	"newstack g.syscallpc":                    "before a throw",
	"newstack g.syscallsp":                    "before a throw",
	"mpreinit g.m":                            "of the g of signals, which is no goroutine",
	"setGsignalStack g.stackguard1":           "of the g of signals, which is no goroutine",
	"restoreGsignalStack g.stackguard1":       "of the g of signals, which is no goroutine",
	"restoreGsignalStack g.stktopsp":          "of the g of signals, which is no goroutine",
	"sigtrampgo g.stktopsp":                   "of the g of signals, which is no goroutine",
	"initMetrics sched.stwStoppingTimeGC":     "takes its address, to read it",
	"initMetrics sched.stwStoppingTimeOther":  "takes its address, to read it",
	"initMetrics sched.stwTotalTimeGC":        "takes its address, to read it",
	"initMetrics sched.stwTotalTimeOther":     "takes its address, to read it",
	"initMetrics sched.timeToRun":             "takes its address, to read it",
	"callbackUpdateSystemStack g.stackguard1": "cgo",
	"cgocallbackg g.stackguard1":              "cgo",
	"debugCallWrap g.lockedm":                 "a debugger calls a function",
	"debugCallWrap m.lockedExt":               "a debugger calls a function",
	"debugCallWrap m.lockedg":                 "a debugger calls a function",
	"debugCallWrap1 g.lockedm":                "a debugger calls a function",
	"debugCallWrap1 m.lockedg":                "a debugger calls a function",
}

// comparedAlways are the fields, lists and histograms of the state table whose rule leaves no moment out.
func comparedAlways() map[string]bool {
	compared := map[string]bool{}
	for _, line := range strings.Split(stateTable, "\n") {
		f := stateLine.FindStringSubmatch(line)
		if f == nil {
			continue
		}
		a := strings.Split(f[2], ", ")
		rule := a[len(a)-1]
		always := rule == "always" || rule == "several" || rule == "counter"
		switch {
		case f[1] == "HISTOGRAM":
			compared["sched."+a[0]] = true
		case !always:
		case f[1] == "LIST":
			compared[a[0]] = true
		case a[0] == "runtime":
			compared[a[1]] = true
		default:
			compared[a[0]+"."+a[1]] = true
		}
	}
	return compared
}

// nothing imports nothing: the scheduler's types are the package's own, and what comes from elsewhere has no name here.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return nil, errors.New("not read")
}

// A fieldReader knows the package's types as far as they are its own.
type fieldReader struct {
	pkg  *types.Package
	info *types.Info
}

// name is that of the field that e is, from the innermost g, m or p or from a variable of the package: "p.sysmontick.schedtick"
// of pp.sysmontick.schedtick and of mp.p.ptr().sysmontick.schedtick, "sched.npidle". Or it is empty.
func (r *fieldReader) name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.name(e.X)
	case *ast.StarExpr:
		return r.name(e.X)
	case *ast.IndexExpr:
		return r.name(e.X)
	case *ast.Ident:
		if v, ok := r.info.Uses[e].(*types.Var); ok && v.Parent() == r.pkg.Scope() {
			return e.Name
		}
	case *ast.SelectorExpr:
		if of, ok := pointedTo(r.info.Types[e.X].Type).(*types.Named); ok {
			switch object := of.Obj().Name(); object {
			case "g", "m", "p":
				return object + "." + e.Sel.Name
			}
		}
		if in := r.name(e.X); in != "" {
			return in + "." + e.Sel.Name
		}
	}
	return ""
}

func pointedTo(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// changes: whether a call of this method may store to what it is called of. Of types of elsewhere the name has to tell.
func (r *fieldReader) changes(method *ast.SelectorExpr) bool {
	if t := r.info.Types[method.X].Type; t != nil {
		if _, ok := t.Underlying().(*types.Pointer); ok {
			return false
		}
	}
	if s := r.info.Selections[method]; s != nil {
		f, ok := s.Obj().(*types.Func)
		if !ok {
			return false
		}
		_, byPointer := f.Signature().Recv().Type().(*types.Pointer)
		return byPointer
	}
	return !strings.HasPrefix(method.Sel.Name, "Load")
}

// stores reads the sources of package runtime, by file name, and returns the stores to fields that are always compared,
// outside of the scheduler's files: "function field".
func stores(sources map[string][]byte) ([]string, error) {
	fset := token.NewFileSet()
	files := map[string]*ast.File{}
	for name, text := range sources {
		file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files[name] = file
	}
	r := &fieldReader{info: &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}}
	conf := types.Config{Importer: nothing{}, Error: func(error) {}}
	r.pkg, _ = conf.Check("runtime", fset, slices.Collect(maps.Values(files)), r.info)

	compared := comparedAlways()
	found := map[string]bool{}
	for name, file := range files {
		if name == "proc.go" || name == "coro.go" || strings.HasPrefix(name, "zgort_") {
			continue
		}
		for _, d := range file.Decls {
			d, ok := d.(*ast.FuncDecl)
			if !ok || d.Body == nil {
				continue
			}
			// A store to a part of a field is one to the field.
			stored := func(e ast.Expr) {
				for field := r.name(e); field != ""; {
					if compared[field] {
						found[funcName(d)+" "+field] = true
						return
					}
					field = field[:max(0, strings.LastIndexByte(field, '.'))]
				}
			}
			ast.Inspect(d.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					for _, e := range n.Lhs {
						stored(e)
					}
				case *ast.IncDecStmt:
					stored(n.X)
				case *ast.UnaryExpr:
					if n.Op == token.AND {
						stored(n.X)
					}
				case *ast.CallExpr:
					if strings.HasPrefix(strings.TrimPrefix(calledName(n.Fun), "."), "Load") {
						return false // an address that is given to it is for reading
					}
					if method, ok := n.Fun.(*ast.SelectorExpr); ok && r.changes(method) {
						stored(method.X)
					}
				}
				return true
			})
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// checkStores refuses a package runtime in which a field would be changed that snapshots compare, by nobody.
func checkStores(sources map[string][]byte) error {
	return refuse(stores, sources, knownStores, "stores to")
}
