// Names of code addresses, from the program's own tables.
package main

import (
	"debug/elf"
	"debug/gosym"
	"fmt"
	"sort"
)

// symbolize names those of pcs that are code of the program.
func symbolize(bin string, pcs map[uint64]bool) ([]symbol, error) {
	list := []symbol{}
	if len(pcs) == 0 {
		return list, nil
	}
	f, err := elf.Open(bin)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, tab := f.Section(".text"), f.Section(".gopclntab")
	if text == nil || tab == nil {
		return nil, fmt.Errorf("%s: no table of functions", bin)
	}
	data, err := tab.Data()
	if err != nil {
		return nil, err
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		return nil, err
	}
	for pc := range pcs {
		if fn := table.PCToFunc(pc); fn != nil {
			list = append(list, symbol{pc, fn.Name})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].PC < list[j].PC })
	return list, nil
}
