// How a program becomes a program of goroutines.
//
// Either gort brings main, and the program defines gort_main (target //:gort_main, or `gort run`):
//
//   int gort_main(int argc, char** argv) { ... }
//
// or the program keeps its own main and calls Run.
#pragma once

// The program's main function, on the first goroutine. What it returns is the exit status. When it returns the other
// goroutines stand still, wherever they are, and the program ends as C++ programs do: by exit.
int gort_main(int argc, char** argv);

namespace gort {

// Turns the calling thread into the first of the runtime's, runs main(argc, argv) on the first goroutine and ends the
// process with what it returns: atexit's functions and destructors of static objects run on the first goroutine, and
// must not wait for another one. Once, from a thread that has no goroutine. runtime.rt0_go.
[[noreturn]] void Run(int (*main)(int, char**), int argc, char** argv);

}  // namespace gort
