// The texts that a page shows: the port's, which are built in, and Go's own from an installed Go, which are read where
// the page is made and are stored nowhere else.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "study/page_data.h"

namespace study {

class Sources {
 public:
  // `goroot`: an installed Go 1.24, or "" for none.
  explicit Sources(std::string_view goroot);

  // "", or why there is nothing of Go's: for a remark on the page.
  const std::string& no_go() const { return no_go_; }

  // The place of a line of the port, and of Go's line beside it; 0 if the file is none of the port's. `file` may have
  // folders in front: "/x/runtime/proc.cc" is runtime/proc.cc. The function is the one that the line is in. `caller`:
  // where that was called. A line may do several things: `column`, from 1, says which is meant; 0: the last.
  Page::Place At(Page& page, std::string_view file, int line, int column = 0, Page::Place caller = 0);

  // Whether the function at that line is one of Go's, too, rather than a helper of the port's.
  bool IsGos(std::string_view file, int line);

  // The same for the nth line (from 0) of a function of proc.cc, that holds `text`; "": its first line. 0 if there is
  // none. What does not have a replay's stack says places like this:
  //
  //   Named(page, "findRunnable", "found(whyGlobal")
  Page::Place Named(Page& page, std::string_view function, std::string_view text, int nth = 0);

  // A function of a source, with the comment before it. Lines count from 1; 0: there is none.
  struct Function {
    std::string_view text;
    int first = 0;  // line of the text's beginning
    int begin = 0;  // line of its name
    int last = 0;
    std::string name;
  };

  // For the test: the function of the port at a line of a file, Go's of the same name, and the line beside.
  Function PortFunction(std::string_view file, int line) const;
  Function GoFunction(std::string_view file, std::string_view cpp_name) const;
  int GoLine(const Function& cc, const Function& go, int line, int column = 0);

 private:
  // The port's function in pieces, each with its line and column, and the line of Go's beside it.
  struct Piece {
    int line, column;
    int beside;
  };

  std::string_view Text(std::string_view file) const;  // of the port
  static std::string_view Short(std::string_view file);  // "runtime/proc.cc"

  std::string goroot_;
  std::string no_go_;
  std::map<std::string, std::string, std::less<>> go_texts_;  // by name, "proc.go"
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> go_names_;  // by file and C++ name
  std::map<std::pair<std::string_view, std::string_view>, std::vector<Piece>> beside_;
  std::map<std::pair<std::string, int>, Page::Function> functions_;  // by file and line of the name
  std::map<std::tuple<std::string, int, int, Page::Place>, Page::Place> places_;  // by file, line, column, caller
  std::map<std::pair<std::string_view, int>, bool> is_gos_;
  const Page* page_ = nullptr;
};

}  // namespace study
