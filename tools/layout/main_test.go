// The layouts that are stored in testdata/layout against those of the installed Go.
package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build compiles the specimen for arch, with extra flags to go build.
func build(t *testing.T, arch string, flags ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "specimen")
	args := append(append([]string{"build", "-o", bin}, flags...), "./specimen")
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return bin
}

func layoutOf(t *testing.T, bin string) string {
	t.Helper()
	table, err := read(bin)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := table.write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// body is a table without its first line, which names the patch release of Go.
func body(table string) string {
	_, rest, _ := strings.Cut(table, "\n")
	return rest
}

// The stored tables are what this tool makes of a Go 1.24 binary.
func TestStoredTables(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		want, err := os.ReadFile("../../testdata/layout/linux-" + arch + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		got := layoutOf(t, build(t, arch))
		if body(got) != body(string(want)) {
			t.Errorf("linux/%s: the layout of this Go is not the stored one:\n%s", arch, got)
		}
	}
}

func TestUncompressedDWARF(t *testing.T) {
	plain := layoutOf(t, build(t, "amd64", "-ldflags=-compressdwarf=false"))
	if packed := layoutOf(t, build(t, "amd64")); plain != packed {
		t.Error("compression of the DWARF changes what is read")
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct{ path, reason string }{
		{build(t, "amd64", "-ldflags=-w"), "has no DWARF"},
		{build(t, "386"), "not amd64 or arm64"},
		{"main.go", "bad magic number"},
		{"specimen", "is a directory"},
	} {
		if _, err := read(c.path); err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: got %v, want %q", c.path, err, c.reason)
		}
	}
}
