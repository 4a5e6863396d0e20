// What the rules know of the releases of Go. The tables in kinds.go, rules.go and counts.go are those of Go 1.24; each
// later release changes them in a file of its own, on top of the release before it, as its patches do with the port
// (versions/ at the top of the repository).
package main

import (
	"fmt"
	"strings"
)

// A release is one minor version of Go that the rules were written for.
type release struct {
	name   string // "go1.25"
	minor  int
	change func() // what is different from the release before
}

var releases = []release{
	{"go1.24", 24, func() {}},
	{"go1.25", 25, rulesOf125},
	{"go1.26", 26, rulesOf126},
	{"go1.27", 27, rulesOf127},
}

// The release whose rules the tables hold.
var current = releases[0]

// releaseOf finds the release of a Go version such as "go1.25.12".
func releaseOf(version string) (release, bool) {
	for _, r := range releases {
		if version == r.name || strings.HasPrefix(version, r.name+".") {
			return r, true
		}
	}
	return release{}, false
}

// useRelease turns the tables into those of a release; once, before anything reads them.
func useRelease(r release) error {
	if current.minor == r.minor {
		return nil
	}
	if current.minor != releases[0].minor {
		return fmt.Errorf("the rules are those of %s already", current.name)
	}
	for _, step := range releases[1:] {
		if step.minor <= r.minor {
			step.change()
		}
	}
	current = r
	kinds, kindByName = makeKinds()
	fieldByName = makeFieldByName()
	readStateTable()
	return nil
}

// The changes of a release are made of these.

// renameKind gives a kind of otherKinds another name.
func renameKind(old, new string) { editKinds(old, new) }

// editKinds replaces a text that otherKinds has exactly once.
func editKinds(old, new string) {
	if strings.Count(otherKinds, old) != 1 {
		panic("not once in the table of kinds: " + old)
	}
	otherKinds = strings.Replace(otherKinds, old, new, 1)
}

// editState does the same to the table of snapshots.
func editState(old, new string) {
	if strings.Count(stateTable, old) != 1 {
		panic("not once in the table of snapshots: " + old)
	}
	stateTable = strings.Replace(stateTable, old, new, 1)
}

// addKinds adds rows to otherKinds. `own`: their hooks are written in the release's template.
func addKinds(rows string, own bool) {
	otherKinds += rows
	if !own {
		return
	}
	for _, row := range strings.Split(strings.TrimSpace(rows), "\n") {
		handWritten[strings.Fields(row)[1]] = true
	}
}

func dropField(name string) {
	for i, f := range fields {
		if f.Name == name {
			fields = append(fields[:i:i], fields[i+1:]...)
			return
		}
	}
	panic("no field " + name)
}

// rename moves the value of a table to another key.
func rename[V any](table map[string]V, old, new string) {
	v, ok := table[old]
	if !ok {
		panic("no rule " + old)
	}
	delete(table, old)
	table[new] = v
}

// change gives some keys of a table other values, "" and 0 take a key away.
func change[V comparable](table, with map[string]V) {
	var none V
	for k, v := range with {
		if v == none {
			if _, ok := table[k]; !ok {
				panic("no rule " + k)
			}
			delete(table, k)
		} else {
			table[k] = v
		}
	}
}
