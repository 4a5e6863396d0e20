// Reading a raw log.
//
// The file starts with a block of 4096 bytes: the magic "gortraw1", then as
// little-endian 64-bit numbers the length of the records in bytes, flags, and
// the process id. The records follow: a byte for the kind, the id of the M as
// a varint, and the arguments as the kind's types say: varints, zigzag coded
// for i and t, a list as its length and its goids. A byte 0 begins a snapshot
// instead: the id of the M, then sections, each its number, its owner, the
// number of its rows and those, then a section number 0.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"
)

const (
	rawHeader = 4096

	flagFull    = 1
	flagNested  = 2
	flagFrozen  = 4
	flagForeign = 16
	flagLost    = 32
)

// A rawLog is an open raw log. data holds the records.
type rawLog struct {
	data   []byte
	mapped []byte
	size   int64
	flags  uint64
	pid    uint64
}

func openRaw(path string) (*rawLog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() < rawHeader {
		return nil, fmt.Errorf("%s: %d bytes are no raw log", path, st.Size())
	}
	mapped, err := syscall.Mmap(int(f.Fd()), 0, int(st.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("%s: %v", path, err)
	}
	l := &rawLog{mapped: mapped}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(mapped[i*8:]) }
	l.size, l.flags, l.pid = int64(word(1)), word(2), word(3)
	if string(mapped[:8]) != "gortraw1" || l.size < 0 || l.size > st.Size()-rawHeader {
		l.close()
		return nil, fmt.Errorf("%s: not a raw log, or cut short", path)
	}
	l.data = mapped[rawHeader : rawHeader+l.size]
	return l, nil
}

// unusable says why the log cannot be replayed, if so.
func (l *rawLog) unusable() string {
	switch {
	case l.flags&flagForeign != 0:
		return "a test calls the scheduler on a P that it made, or a debugger calls a function; such a schedule cannot be replayed (docs/limits.md)"
	case l.flags&flagNested != 0:
		return "a signal handler changed the scheduler's state in the middle of a record; this schedule cannot be replayed, capture again"
	}
	return ""
}

func (l *rawLog) close() { syscall.Munmap(l.mapped) }

// A record is one entry of the log. Vals holds its arguments, signed ones as
// int64 bits; List holds the goids of a list, which stands for one value in Vals.
type record struct {
	kind *kind
	m    uint64
	vals []uint64
	list []uint64
}

// each calls fn for every record, in order. The record is reused.
func (l *rawLog) each(table map[int]*kind, fn func(r *record) error) error {
	var r record
	p := l.data
	at := func() int { return rawHeader + len(l.data) - len(p) }
	next := func() (uint64, error) {
		v, n := binary.Uvarint(p)
		if n <= 0 {
			return 0, fmt.Errorf("byte %d: bad number in a record", at())
		}
		p = p[n:]
		return v, nil
	}
	for len(p) > 0 {
		if p[0] == 0 {
			rest, err := skipSnapshot(p[1:])
			if err != nil {
				return fmt.Errorf("byte %d: %v", at(), err)
			}
			p = rest
			continue
		}
		r.kind = table[int(p[0])]
		if r.kind == nil {
			return fmt.Errorf("byte %d: no kind of record has the number %d", at(), p[0])
		}
		p = p[1:]
		var err error
		if r.m, err = next(); err != nil {
			return err
		}
		r.vals, r.list = r.vals[:0], r.list[:0]
		for _, a := range r.kind.Args {
			v, err := next()
			if err != nil {
				return err
			}
			switch a.Type {
			case "i", "t":
				v = v>>1 ^ -(v & 1)
			case "L":
				for n := v; n > 0; n-- {
					g, err := next()
					if err != nil {
						return err
					}
					r.list = append(r.list, g)
				}
			}
			r.vals = append(r.vals, v)
		}
		if err := fn(&r); err != nil {
			return err
		}
	}
	return nil
}

// A logSummary is what the description of a log needs to know of its records.
type logSummary struct {
	records     int64
	procs, ncpu int64
	pcs         map[uint64]bool
	ended       bool // the program announced its end
}

func (l *rawLog) summary() (*logSummary, error) {
	table := map[int]*kind{}
	for i := range kinds {
		table[kinds[i].N] = &kinds[i]
	}
	s := &logSummary{pcs: map[uint64]bool{}}
	err := l.each(table, func(r *record) error {
		s.records++
		switch r.kind.Name {
		case "newproc", "newproc1":
			s.pcs[r.vals[0]] = true
		case "procresize":
			if s.procs == 0 {
				s.procs = int64(r.vals[0])
			}
		case "schedinit":
			s.ncpu = int64(r.vals[0])
		case "exit", "throw", "fatal":
			s.ended = true
		}
		return nil
	})
	return s, err
}
