// page.cc: what schedulers of the lessons did, as a page of gort study: the threads of each, one below the other, from
// the same moment on.
//
// Usage: page OUT.html TITLE < MARKS. MARKS: a line "# NAME" for each scheduler, then its marks (timeline.h).
// Exit status 2, with one line, for what it cannot read or write.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "study/page_data.h"
#include "study/page_html.h"

namespace {

// The spans of one scheduler's threads, opened by one mark and closed by the next.
class Threads {
 public:
  Threads(study::Page& page, std::string name) : page_(page), name_(std::move(name)) {}

  void mark(long long ns, long thread, char letter, study::Page::Cause cause) {
    auto [at, isNew] = open_.try_emplace(thread);
    if (isNew) at->second.lane = page_.AddLane(name_, "thread " + std::to_string(thread));
    close(at->second, ns);
    at->second = {at->second.lane, ns, letter, cause};
    last_ = ns;
  }

  void end() {
    for (auto& [thread, open] : open_) close(open, last_);
  }

 private:
  struct Open {
    study::Page::Lane lane = 0;
    long long since = 0;
    char letter = '-';
    study::Page::Cause cause = 0;
  };
  void close(const Open& open, long long until) {
    if (open.letter != '-' && until > open.since) page_.Span(open.lane, open.since, until, open.cause, open.letter);
  }

  study::Page& page_;
  const std::string name_;
  std::map<long, Open> open_;
  long long last_ = 0;
};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "page: %s\n", why.c_str());
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) fail("usage: page OUT.html TITLE < MARKS");
  study::Page page(study::Page::Unit::kNanoseconds);
  page.Title(argv[2], "Each scheduler from its first mark on. Goroutines have the letters of lessons/programs.cc");
  const auto runs = page.AddCause("runs", study::Tone::kRun, "the goroutine has the thread");
  const auto inSystem =
      page.AddCause("in a system call", study::Tone::kSyscall, "the goroutine's thread sleeps in the system");
  for (int letter = '!'; letter <= '~'; letter++) page.Goroutine(letter, std::string(1, static_cast<char>(letter)));

  char line[256];
  Threads* threads = nullptr;
  for (int number = 1; std::fgets(line, sizeof line, stdin) != nullptr; number++) {
    line[std::strcspn(line, "\n")] = 0;
    long long ns;
    long thread;
    char letter, more[2] = "";
    if (line[0] == '#' && line[1] == ' ') {
      if (threads != nullptr) threads->end();
      threads = new Threads(page, line + 2);
    } else if (threads != nullptr && std::sscanf(line, "%lld %ld %c%1s", &ns, &thread, &letter, more) >= 3) {
      threads->mark(ns, thread, letter, more[0] == 's' ? inSystem : runs);
    } else {
      fail("standard input:" + std::to_string(number) + ": no mark");
    }
  }
  if (threads == nullptr) fail("standard input: no scheduler");
  threads->end();
  if (const std::string error = study::WriteHtml(argv[1], argv[2], page); !error.empty()) fail(error);
  return 0;
}
