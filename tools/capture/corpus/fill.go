// What some programs need to find in their directory: made here, from nothing,
// always the same.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// fill puts files into dir.
func fill(dir, what string) error {
	files := map[string]string{}
	switch what {
	case "modules":
		jsProject(files)
	case "site":
		site(files)
	default:
		return fmt.Errorf("nothing known about prepare=%s", what)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// jsProject is a program of some hundred TypeScript modules that use each other.
func jsProject(files map[string]string) {
	const n = 400
	var all strings.Builder
	for i := range n {
		var b strings.Builder
		for _, j := range []int{2*i + 1, 2*i + 2} {
			if j < n {
				fmt.Fprintf(&b, "import { f%d, type T%d } from './m%d'\n", j, j, j)
			}
		}
		fmt.Fprintf(&b, "export interface T%d { a: number; b?: string }\n", i)
		fmt.Fprintf(&b, "export function f%d(x: number): T%d {\n  let s = 0\n", i, i)
		for k := range 40 {
			fmt.Fprintf(&b, "  if (x %% %d === %d) { s += x * %d; } else { s -= `${x}-%d`.length }\n", k+2, k%3, k, i)
		}
		for _, j := range []int{2*i + 1, 2*i + 2} {
			if j < n {
				fmt.Fprintf(&b, "  s += f%d(x + 1).a\n", j)
			}
		}
		fmt.Fprintf(&b, "  return { a: s }\n}\nexport const unused%d = () => f%d(%d)\n", i, i, i)
		files[fmt.Sprintf("src/m%d.ts", i)] = b.String()
		fmt.Fprintf(&all, "import './m%d'\n", i)
	}
	files["src/main.ts"] = all.String() + "import { f0 } from './m0'\nconsole.log(f0(1).a)\n"
}

// site is a web site of some hundred pages for a generator of sites.
func site(files map[string]string) {
	files["hugo.toml"] = "baseURL = 'http://localhost/'\ntitle = 'A site'\n[taxonomies]\ntag = 'tags'\n"
	files["layouts/_default/baseof.html"] = "<html><head><title>{{ .Title }}</title></head><body>{{ block \"main\" . }}{{ end }}</body></html>\n"
	files["layouts/_default/single.html"] = "{{ define \"main\" }}<h1>{{ .Title }}</h1>{{ .Content }}{{ range .Params.tags }}<i>{{ . }}</i>{{ end }}{{ end }}\n"
	files["layouts/_default/list.html"] = "{{ define \"main\" }}<h1>{{ .Title }}</h1>{{ range .Pages }}<a href=\"{{ .RelPermalink }}\">{{ .Title }}</a> {{ .Summary }}{{ end }}{{ end }}\n"
	for i := range 300 {
		var b strings.Builder
		fmt.Fprintf(&b, "---\ntitle: Page %d\ndate: 2025-01-%02d\ntags: [t%d, u%d]\n---\n", i, 1+i%28, i%7, i%11)
		for k := range 12 {
			fmt.Fprintf(&b, "## Part %d\n\nSome *words* of page %d, a [link](../p%d/), and a list:\n\n", k, i, (i+k)%300)
			for item := range 5 {
				fmt.Fprintf(&b, "* item %d with `code` and **weight**\n", item)
			}
			b.WriteString("\n")
		}
		files[fmt.Sprintf("content/s%d/p%d.md", i%6, i)] = b.String()
	}
}
