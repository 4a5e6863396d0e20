// go_says tells what Go's own packages say of execution traces; the tests compare gort's answers with it. It is built
// as part of cmd, which may use those packages (see build_with_go.sh).
//
//	go_says OUT FILE...
//
// A FILE is a trace, a test of internal/trace (NAME.test), or an input of its fuzz corpus. For each, OUT gets
// NAME.trace, its bytes; NAME.wire and NAME.parsed, what `go tool trace -d=wire` and `-d=parsed` print; and NAME.says,
// a line each: "valid" or "invalid" for the reader, the same for what internal/trace/testtrace adds, "panic" if
// printing an event panics, and for a test what it expects, "SUCCESS" or "FAILURE".
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"internal/trace"
	"internal/trace/raw"
	"internal/trace/testtrace"
	"internal/txtar"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go_says:", err)
		os.Exit(1)
	}
}

// packed turns the text form into bytes.
func packed(text []byte) []byte {
	in, err := raw.NewTextReader(bytes.NewReader(text))
	must(err)
	var out bytes.Buffer
	w, err := raw.NewWriter(&out, in.Version())
	must(err)
	for {
		ev, err := in.ReadEvent()
		if err == io.EOF {
			return out.Bytes()
		}
		must(err)
		must(w.WriteEvent(ev))
	}
}

// bytesOf returns the trace that a file stands for, and what is expected of it.
func bytesOf(path string) (data []byte, expected string) {
	data, err := os.ReadFile(path)
	must(err)
	if strings.HasSuffix(path, ".test") {
		archive := txtar.Parse(data)
		expected, _, _ = strings.Cut(strings.TrimSpace(string(archive.Files[0].Data)), " ")
		return packed(archive.Files[1].Data), expected
	}
	if rest, ok := bytes.CutPrefix(data, []byte("go test fuzz v1\n[]byte(")); ok {
		s, err := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(string(rest)), ")"))
		must(err)
		return []byte(s), ""
	}
	return data, ""
}

func wire(data []byte, out io.Writer) {
	r, err := raw.NewReader(bytes.NewReader(data))
	if err != nil {
		return
	}
	for {
		ev, err := r.ReadEvent()
		if err != nil {
			return
		}
		fmt.Fprintln(out, ev.String())
	}
}

// printed prints an event; false if Go cannot.
func printed(ev trace.Event, out io.Writer) (good bool) {
	defer func() { good = recover() == nil }()
	fmt.Fprintln(out, ev.String())
	return true
}

func checked(v *testtrace.Validator, ev trace.Event) (good bool) {
	defer func() {
		if recover() != nil {
			good = false
		}
	}()
	return v.Event(ev) == nil
}

func parsed(data []byte, out io.Writer) (valid, sound, prints bool) {
	r, err := trace.NewReader(bytes.NewReader(data))
	if err != nil {
		return false, false, true
	}
	v := testtrace.NewValidator()
	// Not all versions of Go want to know.
	if field := reflect.ValueOf(v).Elem().FieldByName("GoVersion"); field.IsValid() {
		var version uint64
		_, err := fmt.Sscanf(string(data), "go 1.%d trace", &version)
		must(err)
		field.SetUint(version)
	}
	sound, prints = true, true
	for {
		ev, err := r.ReadEvent()
		if err == io.EOF {
			return true, sound, prints
		}
		if err != nil {
			return false, sound, prints
		}
		prints = prints && printed(ev, out)
		sound = sound && checked(v, ev)
	}
}

func create(path string, fill func(w io.Writer)) {
	file, err := os.Create(path)
	must(err)
	w := bufio.NewWriter(file)
	fill(w)
	must(w.Flush())
	must(file.Close())
}

func main() {
	says := map[bool]string{true: "valid", false: "invalid"}
	for _, path := range os.Args[2:] {
		name := filepath.Join(os.Args[1], strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".test"), ".trace"))
		data, expected := bytesOf(path)
		must(os.WriteFile(name+".trace", data, 0o644))
		create(name+".wire", func(w io.Writer) { wire(data, w) })
		var valid, sound, prints bool
		create(name+".parsed", func(w io.Writer) { valid, sound, prints = parsed(data, w) })
		create(name+".says", func(w io.Writer) {
			fmt.Fprintln(w, says[valid])
			fmt.Fprintln(w, says[sound])
			if !prints {
				fmt.Fprintln(w, "panic")
			}
			if expected != "" {
				fmt.Fprintln(w, expected)
			}
		})
	}
}
