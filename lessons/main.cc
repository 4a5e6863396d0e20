// main.cc: runs one of the four programs on the scheduler that this program is linked with.
//
// Usage: lessonN PROGRAM [--procs N] [--small] [--timeline|--marks]
// Prints JSON: what the program measured, and what the scheduler counted; or a picture of who ran when, or what it
// was drawn from. ./run reads it.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "lessons/programs.h"
#include "lessons/timeline.h"

namespace {

const lessons::Program* program;
int procs = 1;
bool small = false, drawn = false, written = false;

void print(const char* name, const std::vector<lessons::Figure>& figures) {
  std::printf("\"%s\": [", name);
  for (const lessons::Figure& f : figures) {
    std::printf("%s{\"what\": \"%s\", \"value\": %.3f, \"unit\": \"%s\"}", &f == &figures[0] ? "" : ", ",
                f.what.c_str(), f.value, f.unit.c_str());
  }
  std::printf("]");
}

int measure() {
  const std::vector<lessons::Figure> figures = program->run(procs, small);
  if (drawn) lessons::timeline::draw(stdout, 100);
  if (written) lessons::timeline::write(stdout);
  if (drawn || written) return 0;
  std::printf("{");
  print("figures", figures);
  std::printf(", ");
  print("counted", lessons::counted());
  std::printf("}\n");
  return 0;
}

[[noreturn]] void usage() {
  std::fprintf(stderr, "usage: lesson PROGRAM [--procs N] [--small] [--timeline]\n");
  for (const lessons::Program& p : lessons::programs) std::fprintf(stderr, "  %-9s %s\n", p.name, p.what);
  std::exit(2);
}

const lessons::Program* named(const char* name) {
  for (const lessons::Program& p : lessons::programs) {
    if (std::strcmp(name, p.name) == 0) return &p;
  }
  usage();
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--small") == 0) {
      small = true;
    } else if (std::strcmp(argv[i], "--timeline") == 0) {
      drawn = true;
    } else if (std::strcmp(argv[i], "--marks") == 0) {
      written = true;
    } else if (std::strcmp(argv[i], "--procs") == 0 && i + 1 < argc) {
      procs = std::atoi(argv[++i]);
    } else {
      program = named(argv[i]);
    }
  }
  if (program == nullptr || procs < 1 || procs > 64) usage();
  // Here and not in measure, for it touches some 30 MB: that alone can be a slice of the goroutine's time.
  if (drawn || written) lessons::timeline::start();
  lessons::run(procs, measure);
}
