// Printing a raw log, one record a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// dumpRaw prints the records of the raw log, with the names of its description.
func dumpRaw(w io.Writer, rawPath, metaPath string) error {
	js, err := os.ReadFile(metaPath)
	if err != nil {
		return err
	}
	var m meta
	if err := json.Unmarshal(js, &m); err != nil {
		return fmt.Errorf("%s: %v", metaPath, err)
	}
	table := map[int]*kind{}
	for _, k := range m.Kinds {
		nk := &kind{N: k.N, Class: k.Class, Name: k.Name}
		for _, a := range k.Args {
			name, typ, _ := strings.Cut(a, ":")
			nk.Args = append(nk.Args, arg{name, typ})
		}
		table[k.N] = nk
	}
	names := map[uint64]string{}
	for _, s := range m.Symbols {
		names[s.PC] = s.Name
	}
	log, err := openRaw(rawPath)
	if err != nil {
		return err
	}
	defer log.close()
	out := bufio.NewWriterSize(w, 1<<16)
	defer out.Flush()
	index := 0
	err = log.each(table, func(r *record) error {
		fmt.Fprintf(out, "%d m%d %s", index, r.m, r.kind.Name)
		for i, a := range r.kind.Args {
			fmt.Fprintf(out, " %s=%s", a.Name, showValue(a.Type, r.vals[i], r.list, m.Locks, names))
		}
		index++
		_, err := fmt.Fprintln(out)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %v", rawPath, err)
	}
	return nil
}

func showValue(typ string, v uint64, list []uint64, locks []string, names map[uint64]string) string {
	switch typ {
	case "i", "t":
		return fmt.Sprint(int64(v))
	case "b":
		return fmt.Sprint(v != 0)
	case "g":
		if v != 0 {
			return fmt.Sprintf("g%d", v)
		}
		return "nil"
	case "p", "m":
		if v != 0 {
			return fmt.Sprintf("%s%d", typ, v-1)
		}
		return "nil"
	case "l":
		if v > 0 && v <= uint64(len(locks)) {
			return locks[v-1]
		}
		return "-"
	case "pc":
		if name := names[v]; name != "" {
			return name
		}
		return fmt.Sprintf("%#x", v)
	case "L":
		return strings.ReplaceAll(fmt.Sprint(list), " ", ",")
	}
	return fmt.Sprint(v)
}
