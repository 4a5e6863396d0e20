// Snapshots of the scheduler's state: the table that says what is in them, and the hook that is made from it.
package main

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
)

//go:embed state_table.inc
var stateTable string

//go:embed snapshot_hooks.go.tmpl
var snapshotTemplate string

// A stateField is one field of an object in a snapshot.
type stateField struct{ Name, Form, Type string }

// A section is one sort of rows in a snapshot: the fields of an object, the members of a list or the buckets of a
// histogram. Its number in a raw log is its place in sections, from 1.
type section struct {
	N      int
	Name   string
	Of     string // what rows are called by: the type of an argument
	Sort   string // "object", "list" or "histogram"
	Fields []stateField
}

// ID is the section's name as a Go identifier.
func (s section) ID() string { return strings.ReplaceAll(s.Name, ".", "_") }

var (
	sections    []section
	stateLimits = map[string]int{}
)

// rowTypes are the types of what the rows of an object are called by. There is one row of sched and of runtime.
var rowTypes = map[string]string{"sched": "u", "runtime": "u", "m": "m", "p": "p", "g": "u"}

var stateLine = regexp.MustCompile(`^([A-Z]+)\(([^)]*)\)`)

func init() { readStateTable() }

func readStateTable() {
	sections = nil
	object := func(name string) *section {
		for i := range sections {
			if sections[i].Name == name {
				return &sections[i]
			}
		}
		of, ok := rowTypes[name]
		if !ok {
			panic("state_table.inc: no object " + name)
		}
		sections = append(sections, section{N: len(sections) + 1, Name: name, Of: of, Sort: "object"})
		return &sections[len(sections)-1]
	}
	for _, line := range strings.Split(stateTable, "\n") {
		f := stateLine.FindStringSubmatch(line)
		if f == nil {
			continue
		}
		a := strings.Split(f[2], ", ")
		switch f[1] {
		case "COMPARED":
			s := object(a[0])
			s.Fields = append(s.Fields, stateField{a[1], a[2], a[3]})
		case "LIST":
			sections = append(sections, section{N: len(sections) + 1, Name: a[0], Of: a[1], Sort: "list"})
		case "HISTOGRAM":
			sections = append(sections, section{N: len(sections) + 1, Name: "sched." + a[0], Of: "u", Sort: "histogram",
				Fields: []stateField{{"count", "atomic", "u"}}})
		case "LIMIT":
			n, err := strconv.Atoi(a[1])
			if err != nil {
				panic("state_table.inc: " + line)
			}
			stateLimits[a[0]] = n
		}
	}
}

// read is the Go expression of what a field's form makes of it. x denotes the object.
func (f stateField) read(object, x string) string {
	e := x + "." + f.Name
	if object == "runtime" {
		e = f.Name
	}
	switch f.Form {
	case "atomic":
		e += ".Load()"
	case "id":
		e += ".ptr()"
	case "set":
		e += " != 0"
	case "setptr":
		e += " != nil"
	case "setlen":
		e = "len(" + e + ") != 0"
	case "own":
		e = "zgState_" + object + "_" + strings.ReplaceAll(f.Name, ".", "_") + "(" + x + ")"
	}
	return e
}

// snapshotSource generates the second file that is added to package runtime.
func snapshotSource() ([]byte, error) {
	tmpl, err := template.New("snapshot").Funcs(template.FuncMap{
		"put": func(s section, f stateField) string {
			x := map[string]string{"sched": "sched", "m": "mp", "p": "pp", "g": "gp"}[s.Name]
			return encode(f.Type, f.read(s.Name, x))
		},
	}).Parse(snapshotTemplate)
	if err != nil {
		return nil, err
	}
	bySort := map[string][]section{}
	byName := map[string]section{}
	for _, s := range sections {
		bySort[s.Sort] = append(bySort[s.Sort], s)
		byName[s.ID()] = s
	}
	var out bytes.Buffer
	err = tmpl.Execute(&out, map[string]any{
		"Minor": current.minor, "Objects": bySort["object"], "Histograms": bySort["histogram"], "S": byName, "Limits": stateLimits,
	})
	return out.Bytes(), err
}

// metaState describes the sections for who reads the raw log.
func metaState() []metaSection {
	var list []metaSection
	for _, s := range sections {
		m := metaSection{Name: s.Name + ":" + s.Of, Fields: []string{}}
		for _, f := range s.Fields {
			m.Fields = append(m.Fields, f.Name+":"+f.Type)
		}
		list = append(list, m)
	}
	return list
}

// skipSnapshot returns what follows a snapshot in p, behind its first byte.
func skipSnapshot(p []byte) ([]byte, error) {
	var bad bool
	next := func() uint64 {
		v, n := binary.Uvarint(p)
		if n <= 0 {
			bad, n = true, 0
		}
		p = p[n:]
		return v
	}
	next() // the M
	for s := next(); s != 0 && !bad; s = next() {
		if s > uint64(len(sections)) {
			return nil, fmt.Errorf("no section %d in a snapshot", s)
		}
		next() // the owner
		for n := next() * uint64(1+len(sections[s-1].Fields)); n > 0 && !bad; n-- {
			next()
		}
	}
	if bad {
		return nil, fmt.Errorf("bad number in a snapshot")
	}
	return p, nil
}
