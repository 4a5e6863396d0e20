// Checking that a log agrees with itself: every access to shared state is in
// it, so each value read must be the one last written. A missing or misplaced
// hook shows as a contradiction.
package main

import (
	"fmt"
	"strings"
)

// A checker follows the recorded fields, locks and masks through a log.
type checker struct {
	value map[string]uint64 // by field and object; absent until first seen
	owner map[uint64]uint64 // lock id -> 1 + the M that holds it
	index int
}

// A cell is the state of one field of one object.
func (c *checker) saw(cell string, v uint64, r *record) error {
	if old, ok := c.value[cell]; ok && old != v {
		return fmt.Errorf("record %d, m%d %s: %s is %d, the record says %d", c.index, r.m, r.kind.Name, cell, int64(old), int64(v))
	}
	c.value[cell] = v
	return nil
}

func (c *checker) step(r *record) error {
	defer func() { c.index++ }()
	name := r.kind.Name
	switch name {
	case "lock":
		if o := c.owner[r.vals[0]]; o != 0 {
			return fmt.Errorf("record %d: m%d takes %s, which m%d holds", c.index, r.m, lockNames[r.vals[0]-1], o-1)
		}
		c.owner[r.vals[0]] = r.m + 1
		return nil
	case "unlock":
		if o := c.owner[r.vals[0]]; o != r.m+1 {
			return fmt.Errorf("record %d: m%d drops %s, which it does not hold", c.index, r.m, lockNames[r.vals[0]-1])
		}
		c.owner[r.vals[0]] = 0
		return nil
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return nil
	}
	where, op := name[:dot], name[dot+1:]
	if where == "idlepMask" || where == "timerpMask" {
		return c.mask(where, op, r)
	}
	f, ok := fieldByName[where]
	if !ok {
		return nil
	}
	vals := r.vals
	cell := where
	if f.Obj() != "" {
		if vals[0] == 0 { // a goroutine without an id yet
			return nil
		}
		cell = fmt.Sprintf("%s of %s %d", where, f.Obj(), vals[0])
		vals = vals[1:]
	}
	switch op {
	case "Load":
		if hasWord(f.O, op) {
			return nil
		}
		return c.saw(cell, vals[0], r)
	case "Store":
		c.value[cell] = vals[0]
	case "Swap":
		if err := c.saw(cell, vals[1], r); err != nil {
			return err
		}
		c.value[cell] = vals[0]
	case "Add":
		before := vals[1] - vals[0]
		if f.Go == "int32" || f.Go == "uint32" {
			before = narrow(before, f.Go)
		}
		if err := c.saw(cell, before, r); err != nil {
			return err
		}
		c.value[cell] = vals[1]
	case "Cas":
		now, known := c.value[cell]
		won := vals[2] != 0
		if known && won != (now == vals[0]) {
			return fmt.Errorf("record %d, m%d %s: %s is %d, old is %d, won is %v", c.index, r.m, name, cell, int64(now), int64(vals[0]), won)
		}
		if won {
			c.value[cell] = vals[1]
		}
	}
	return nil
}

func narrow(v uint64, typ string) uint64 {
	if typ == "int32" {
		return uint64(int64(int32(v)))
	}
	return uint64(uint32(v))
}

func (c *checker) mask(where, op string, r *record) error {
	cell := fmt.Sprintf("%s %d", where, r.vals[0])
	switch op {
	case "read":
		return c.saw(cell, r.vals[1], r)
	case "set":
		c.value[cell] = 1
	case "clear":
		c.value[cell] = 0
	}
	return nil
}

var fieldByName = makeFieldByName()

func makeFieldByName() map[string]field {
	m := map[string]field{}
	for _, f := range fields {
		m[f.Name] = f
	}
	return m
}

// checkRaw checks a whole log of this version of the tool.
func checkRaw(path string) (int, error) {
	log, err := openRaw(path)
	if err != nil {
		return 0, err
	}
	defer log.close()
	table := map[int]*kind{}
	for i := range kinds {
		table[kinds[i].N] = &kinds[i]
	}
	c := &checker{value: map[string]uint64{}, owner: map[uint64]uint64{}}
	err = log.each(table, c.step)
	return c.index, err
}
