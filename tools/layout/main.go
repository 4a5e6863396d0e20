// Layout reads the DWARF of a Go executable and writes the memory layout of the structs
// of package runtime that gort mirrors in C++, one line a field:
//
//	runtime.g 440              a struct and its size in bytes
//	runtime.g.goid 160 8       a field, its offset and its size
//
// Fields of an unnamed struct are written with their path and their offset in the named
// one: runtime.p.gFree.n. A named struct that lies inside another by value gets lines of
// its own. Structs come in the order of their names, fields in the order of declaration.
// Left out are the fields that only talk to Go's compiler and vet and have no bytes:
// noCopy, align64, NotInHeap. conformance/go_dwarf.cc reads the same in C++.
//
// Usage: layout [-o FILE] BINARY
//
// Exit status 2 and one line on stderr when BINARY is not a Go executable with DWARF.
package main

import (
	"bufio"
	"debug/buildinfo"
	"debug/dwarf"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

// roots are the structs asked for by name; what they hold by value follows from them. A name that a later Go has stands
// behind the first.
var roots = []string{
	"g", "m", "p", "schedt", "gobuf", "sudog", "hchan", "timer", "timers", "stack", "note",
	"mutex", "gQueue", "gList", "waitq", "scase", "semaRoot", "pollDesc", "sysmontick",
	"coro", "synctestGroup|synctestBubble", "_panic", "_defer",
	"ancestorInfo", "eface", "forcegcstate", "funcval", "iface", "notifyList", "rwmutex",
	"timeTimer", "timerWhen", "worldStop",
}

// markers are the structs without bytes whose fields are left out.
var markers = map[string]bool{
	"internal/runtime/atomic.noCopy":  true,
	"internal/runtime/atomic.align64": true,
	"internal/runtime/sys.NotInHeap":  true,
}

func main() {
	out := flag.String("o", "", "write to this file instead of standard output")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: layout [-o FILE] BINARY")
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *out); err != nil {
		fmt.Fprintf(os.Stderr, "layout: %s: %v\n", flag.Arg(0), err)
		os.Exit(2)
	}
}

func run(binary, out string) error {
	table, err := read(binary)
	if err != nil {
		return err
	}
	if out == "" {
		return table.write(os.Stdout)
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := table.write(f); err != nil {
		return err
	}
	return f.Close()
}

// table is the layout of one binary.
type table struct {
	goVersion string
	arch      string
	structs   map[string]*dwarf.StructType
}

var machines = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}

// read collects the roots of binary and every named struct that they hold by value.
func read(binary string) (*table, error) {
	f, err := elf.Open(binary)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	arch, ok := machines[f.Machine]
	if !ok {
		return nil, fmt.Errorf("machine is %v, not amd64 or arm64", f.Machine)
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	if f.Section(".debug_info") == nil {
		return nil, errors.New("has no DWARF: stripped, or built with -ldflags=-w")
	}
	d, err := f.DWARF()
	if err != nil {
		return nil, err
	}
	named, err := runtimeStructs(d)
	if err != nil {
		return nil, err
	}
	t := &table{info.GoVersion, arch, map[string]*dwarf.StructType{}}
	for _, name := range roots {
		var s *dwarf.StructType
		for _, known := range strings.Split(name, "|") {
			if s == nil {
				s = named["runtime."+known]
			}
		}
		if s == nil {
			return nil, fmt.Errorf("no struct runtime.%s in its DWARF: nothing in the program uses it", name)
		}
		t.add(s)
	}
	return t, nil
}

// runtimeStructs indexes the structs of package runtime by name.
func runtimeStructs(d *dwarf.Data) (map[string]*dwarf.StructType, error) {
	named := map[string]*dwarf.StructType{}
	r := d.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			return nil, err
		}
		if e == nil {
			return named, nil
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		if e.Tag == dwarf.TagStructType && strings.HasPrefix(name, "runtime.") {
			typ, err := d.Type(e.Offset)
			if err != nil {
				return nil, err
			}
			if s, ok := typ.(*dwarf.StructType); ok {
				named[name] = s
			}
		}
		if e.Tag != dwarf.TagCompileUnit {
			r.SkipChildren()
		}
	}
}

// add takes s and all named structs inside it by value.
func (t *table) add(s *dwarf.StructType) {
	if isNamed(s) {
		if t.structs[s.StructName] != nil {
			return
		}
		t.structs[s.StructName] = s
	}
	for _, f := range s.Field {
		if inner := structOf(f.Type); inner != nil && !markers[inner.StructName] {
			t.add(inner)
		}
	}
}

// structOf gives the struct that a value of type t consists of, through type names and
// arrays, or nil. Strings, slices and interfaces are Go's own and count as plain words.
func structOf(t dwarf.Type) *dwarf.StructType {
	for {
		switch u := t.(type) {
		case *dwarf.TypedefType:
			t = u.Type
		case *dwarf.ArrayType:
			t = u.Type
		case *dwarf.StructType:
			if u.StructName == "string" || strings.HasPrefix(u.StructName, "[]") ||
				u.StructName == "runtime.eface" || u.StructName == "runtime.iface" {
				return nil
			}
			return u
		default:
			return nil
		}
	}
}

func isNamed(s *dwarf.StructType) bool { return !strings.HasPrefix(s.StructName, "struct {") }

func (t *table) write(to io.Writer) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "# %s linux/%s, written by tools/layout\n", t.goVersion, t.arch)
	names := make([]string, 0, len(t.structs))
	for name := range t.structs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		s := t.structs[name]
		fmt.Fprintf(w, "%s %d\n", name, s.ByteSize)
		writeFields(w, name, 0, s)
	}
	return w.Flush()
}

// writeFields writes the fields of s, which lies at offset base of the struct being written.
func writeFields(w io.Writer, path string, base int64, s *dwarf.StructType) {
	for _, f := range s.Field {
		if inner := structOf(f.Type); inner != nil && markers[inner.StructName] {
			continue
		}
		name, offset := path+"."+f.Name, base+f.ByteOffset
		fmt.Fprintf(w, "%s %d %d\n", name, offset, f.Type.Size())
		if inner, ok := f.Type.(*dwarf.StructType); ok && !isNamed(inner) {
			writeFields(w, name, offset, inner)
		}
	}
}
