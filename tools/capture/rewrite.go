// Text edits of one Go source file: byte ranges of the original, replaced or
// inserted, never adding a line.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"sort"
	"strings"
)

// A source is a parsed file together with the edits collected for it.
type source struct {
	name  string
	text  []byte
	fset  *token.FileSet
	file  *ast.File
	edits []edit
}

// An edit replaces text[start:end]; an insertion has start == end.
type edit struct {
	start, end int
	text       string
	closing    bool // an insertion that ends what was opened earlier: goes before opening ones, innermost first
	seq        int
}

func parseSource(name string, text []byte) (*source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &source{name: name, text: text, fset: fset, file: file}, nil
}

func (s *source) offset(p token.Pos) int { return s.fset.Position(p).Offset }

// str is the source text of a node.
func (s *source) str(n ast.Node) string {
	return string(s.text[s.offset(n.Pos()):s.offset(n.End())])
}

func (s *source) add(start, end token.Pos, text string, closing bool) {
	s.edits = append(s.edits, edit{s.offset(start), s.offset(end), text, closing, len(s.edits)})
}

// replace puts text in the place of the source between the two positions.
func (s *source) replace(start, end token.Pos, text string) { s.add(start, end, text, false) }

// before inserts text in front of a node.
func (s *source) before(n ast.Node, text string) { s.add(n.Pos(), n.Pos(), text, false) }

// after inserts text behind a node.
func (s *source) after(n ast.Node, text string) { s.add(n.End(), n.End(), text, true) }

// wrap puts a node between two texts.
func (s *source) wrap(n ast.Node, before, after string) {
	s.before(n, before)
	s.after(n, after)
}

// apply returns the edited text.
func (s *source) apply() ([]byte, error) {
	out, err := s.between(0, len(s.text))
	if err == nil && strings.Count(out, "\n") != strings.Count(string(s.text), "\n") {
		err = fmt.Errorf("%s: an edit changed the line numbers", s.name)
	}
	return []byte(out), err
}

// cut returns the edited text between the two positions.
func (s *source) cut(from, to token.Pos) (string, error) {
	return s.between(s.offset(from), s.offset(to))
}

// between returns the edited text of text[from:to]; no edit is outside of it.
func (s *source) between(from, to int) (string, error) {
	edits := append([]edit(nil), s.edits...)
	sort.SliceStable(edits, func(i, j int) bool {
		a, b := edits[i], edits[j]
		if a.start != b.start {
			return a.start < b.start
		}
		aIns, bIns := a.start == a.end, b.start == b.end
		if aIns != bIns {
			return aIns
		}
		if a.closing != b.closing {
			return a.closing
		}
		if a.closing {
			return a.seq > b.seq
		}
		return a.seq < b.seq
	})
	var out strings.Builder
	at := from
	for _, e := range edits {
		if e.start < at || e.end > to {
			return "", fmt.Errorf("%s: two rules edit the same text near byte %d", s.name, e.start)
		}
		out.Write(s.text[at:e.start])
		out.WriteString(e.text)
		at = e.end
	}
	out.Write(s.text[at:to])
	return out.String(), nil
}

// funcName names a declaration: "f", or "T.f" for a method of T or *T.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "." + d.Name.Name
	}
	return d.Name.Name
}
