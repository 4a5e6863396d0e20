#!/bin/bash
# run_test.sh WORKSPACE LINK: `gort run`, but for Bazel, which runs this test: what it would have built is beside LINK.
set -euo pipefail
. "$(dirname -- "$0")/run_without_bazel.sh"

dir=$(mktemp -d "${TEST_TMPDIR:-/tmp}/run.XXXXXX")
export LC_ALL=C XDG_CACHE_HOME=$dir/cache
mkdir "$dir/inc" "$dir/two words"
cd "$dir"
bad=0

cat >hello.cc <<'END'
#include <cstdio>
#include "gort.h"
#include "mine.h"
int gort_main(int argc, char** argv) {
  gort::Chan<int> c(0);
  gort::go([=] { c.send(MINE); });
  std::printf("%d %s", *c.recv(), __FILE__);
  for (int i = 1; i < argc; i++) std::printf(" [%s]", argv[i]);
  std::printf("\n");
  return 0;
}
END
echo '#define MINE 41' >mine.h
cp hello.cc mine.h 'two words'
cat >parts.cc <<'END'
#include <cstdio>
#include <zlib_of_ours.h>
#include "gort.h"
int other();
int gort_main(int argc, char**) { return std::printf("%d %d %d %d\n", other(), X, OURS, argc) < 0; }
END
echo '#define OURS 6' >inc/zlib_of_ours.h
printf '%s\n' '#ifdef __OPTIMIZE__' 'int other() { return 1; }' '#else' 'int other() { return 0; }' '#endif' >other.cc
echo 'extern "C" int of_library() { return 8; }' >library.cc
g++ -c library.cc -o library.o
ar rc libofours.a library.o
printf '%s\n' '#include "gort.h"' 'extern "C" int of_library();' 'int gort_main(int, char**) { return of_library(); }' >uses.cc
printf '%s\n' '#include "gort.h"' 'int gort_main(int c, char**) { gort::Gosched(); if (c > 5) return 1; }' >no_return.cc
{ echo '#include "gort.h"'; for ((i = 0; i < 90; i++)); do echo "int a$i = nowhere$i;"; done; } >errors.cc
printf '%s\n' '#include "gort.h"' 'int missing();' 'int gort_main(int, char**) { return missing(); }' >unlinked.cc
cat >panics.cc <<'END'
#include "gort.h"
[[gnu::noinline]] static void deeper() { gort::panic("here"); }
int gort_main(int, char**) {
  deeper();
  return 0;
}
END
cat >overflows.cc <<'END'
#include "gort.h"
int gort_main(int, char**) {
  gort::Chan<int> c(0);
  gort::go([=] {
    int* p = new int[3];
    volatile int three = 3;
    c.send(p[three]);
  });
  return *c.recv() == 12345;
}
END
cat >leaks.cc <<'END'
#include "gort.h"
int gort_main(int, char**) {
  gort::Chan<int> c(0);
  gort::go([=] { c << *new char[7]() + 1; });
  return *c.recv() != 1;
}
END
cat >races.cc <<'END'
#include "gort.h"
static int n;
[[gnu::noinline]] static void count() { n++; }
int gort_main(int, char**) {
  gort::go(count);
  gort::time::Sleep(std::chrono::milliseconds(2));
  count();
  return 0;
}
END
# Of every package beside api, sync and time something.
cat >network.cc <<'END'
#include <csignal>
#include <cstdio>
#include "context/context.h"
#include "errgroup/errgroup.h"
#include "gort.h"
#include "io/bufio.h"
#include "net/dial.h"
#include "net/net.h"
#include "os/exec/exec.h"
#include "os/file.h"
#include "os/signal/signal.h"
#include "pprof/pprof.h"
#include "singleflight/singleflight.h"
#include "syscall/syscall.h"
int gort_main(int argc, char** argv) {
  auto l = gort::net::Listen("tcp", argc > 1 ? argv[1] : "127.0.0.1:0").value();
  auto [ctx, stop] = gort::os::signal::NotifyContext(gort::context::Background(), {SIGUSR1});
  gort::context::AfterFunc(ctx, [l] { (void)l.Close(); });
  gort::errgroup::Group group;
  group.Go([l]() -> gort::error {
    for (;;) {
      auto c = l.Accept();
      if (!c) return c.error();
      gort::go([c = *c] { (void)gort::io::Copy(c, c); });
    }
  });
  gort::singleflight::Group<int, std::string> words;
  auto said = words.Do(1, [] { return gort::os::exec::Command("echo", {"hello"}).Output(); });
  auto c = gort::net::Dial("tcp", l.Address().String()).value();
  (void)c.SetDeadline(gort::time::Now() + 30 * gort::time::Second);
  (void)c.Write(said.value);
  (void)c.CloseWrite();
  std::printf("%s", gort::io::ReadAll(c).value().c_str());
  std::raise(SIGUSR1);
  gort::error closed = group.Wait();
  std::printf("%s%d\n", gort::errors::Is(closed, gort::net::ErrClosed) ? "closed " : "? ",
              gort::syscall::Errno(gort::syscall::Syscall(-1)));
  return 0;
}
END
cat >throws.cc <<'END'
#include <stdexcept>
#include "gort.h"
[[gnu::noinline]] static int deep(int n) {
  volatile char room[300];
  room[n] = 1;
  if (n == 0) throw std::runtime_error("bottom");
  return deep(n - 1) + room[n];
}
int gort_main(int, char**) {
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 50; i++) {
    wg.Add(1);
    gort::go([&] {
      for (int k = 0; k < 20; k++) {
        try {
          deep(20);
        } catch (const std::runtime_error&) {
          gort::Gosched();
        }
      }
      wg.Done();
    });
  }
  wg.Wait();
  return 0;
}
END

# expect WHAT STATUS PATTERN ARGS...: what a run prints, on either stream, and ends with.
expect() {
  local what=$1 wanted=$2 pattern=$3 text status=0
  shift 3
  text=$( (run_program "$@") 2>&1) || status=$?
  [[ $status -eq $wanted && $text =~ $pattern ]] && return
  printf 'run_test: %s: status %d:\n%s\n' "$what" "$status" "$text" >&2
  bad=1
}

expect "as before" 0 '^41 hello.cc \[a] \[-x] \[--] \[-O0]$' hello.cc a -x -- -O0
expect "again, as it was built" 0 '^41 hello.cc$' hello.cc
sleep 0.01
echo '#define MINE 42' >mine.h
expect "a header has changed" 0 '^42 hello.cc$' hello.cc
expect "-- ends the files" 0 '^42 hello.cc \[parts.cc]$' hello.cc -- parts.cc
expect "another folder, with a space" 0 '^41 two words/hello.cc \[x]$' 'two words/hello.cc' x
expect "files and flags, before them" 0 '^1 5 6 2$' -DX=5 -I inc parts.cc other.cc arg
expect "files and flags, in any order" 0 '^0 5 6 3$' parts.cc -O0 -DX=5 other.cc -Iinc -- -a b
expect "a library" 8 '^$' uses.cc -L. -lofours --
expect "a library, two words" 8 '^$' -L . -l ofours uses.cc
expect "the network, files, children, contexts" 0 '^hello.closed 38$' network.cc
expect "and what they say" 2 'listen tcp: address nonsense: missing port in address' network.cc nonsense
expect "an example of ours" 2 '^listen tcp 192.0.2.1:1: bind: cannot assign requested address$' "$root/examples/echo.cc" 192.0.2.1:1
expect "an older language is refused by the header" 2 'error: ' -std=c++11 hello.cc
expect "a warning of a program that builds" 1 'no_return.cc:2:.*warning: .*-Wreturn-type' -DNDEBUG no_return.cc 1 2 3 4 5 6
expect "the first errors" 2 "^errors.cc:2:10: error: 'nowhere0' was not declared.*gort: [0-9]+ more lines.gort: run: errors.cc does not compile$" -fno-diagnostics-show-caret errors.cc
expect "what is missing" 2 'unlinked.cc:3: undefined reference.*run: unlinked.cc does not link$' unlinked.cc
expect "a trace names the caller's file" 2 "panic: here.*deeper\(.*$dir/panics.cc:2.*$dir/panics.cc:4" panics.cc
[[ $(uname -m) != x86_64 ]] || {
  expect "AddressSanitizer finds an overflow in a goroutine" 1 'heap-buffer-overflow.*overflows.cc:7' -fsanitize=address overflows.cc
  expect "AddressSanitizer has nothing to say" 0 '^$' -fsanitize=address throws.cc
  expect "LeakSanitizer finds a leak" 1 'leak of 7 byte.*leaks.cc:4' -fsanitize=address,undefined leaks.cc
  expect "ThreadSanitizer has nothing to say" 0 '^41 |^42 ' -fsanitize=thread hello.cc
  expect "ThreadSanitizer has nothing to say of the network" 0 '^hello.closed 38$' -fsanitize=thread network.cc
  expect "ThreadSanitizer finds a race" 66 'data race.*races.cc:3.*races.cc:3' -fsanitize=thread races.cc
}
expect "coverage" 0 "gcov -r -o" --coverage hello.cc
gcov -r -o "$(dirname "$(find "$XDG_CACHE_HOME" -name hello.gcda)")" hello.cc >/dev/null
grep -q ' 1: *7:' hello.cc.gcov || { echo "run_test: no coverage" >&2; cat hello.cc.gcov >&2; bad=1; }
expect "MemorySanitizer is refused" 2 '^gort: run: -fsanitize=memory: that sanitizer' -fsanitize=memory hello.cc
expect "no file" 2 '^gort: run: nothing.cc: no such file$' nothing.cc
expect "no C++" 2 '^gort: run: mine.h: not a C' mine.h
expect "nothing" 2 '^gort: usage: gort run' -O2
expect "only part of the way" 2 '^gort: run: -c: ' -c hello.cc
exit "$bad"
