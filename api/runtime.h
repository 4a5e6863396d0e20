// The functions of Go's package runtime that a program calls, under their names.
//
// Unless a line says otherwise: from a goroutine, on its own stack; throws nothing.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace gort {

// Lets others run; the goroutine goes to the end of the global queue. runtime.Gosched.
void Gosched();

// The most threads that run goroutines at once; n > 0 sets it, and stops the world to do so. Returns the
// setting before. runtime.GOMAXPROCS.
int GOMAXPROCS(int n);

// Processors that this process may use. Any thread. runtime.NumCPU.
int NumCPU();

// Goroutines that exist, the runtime's own left out. runtime.NumGoroutine.
int NumGoroutine();

// Wires the goroutine to its thread until as many UnlockOSThread follow: no other goroutine runs on that
// thread, and a goroutine that ends while it is wired takes the thread with it. What a library keeps in
// thread-local storage is then safe to use. runtime.LockOSThread, runtime.UnlockOSThread.
void LockOSThread();
void UnlockOSThread();

// A limit on threads; the program dies when it is passed. Returns the limit before. debug.SetMaxThreads.
int SetMaxThreads(int n);

// How many goroutines may compute at the same time without a processor: each of them has used up a slice of 10 ms
// without calling gort, and gone on, on its thread, while others got the processor. Beyond that many (64 at the start)
// a slice lasts until the goroutine calls gort. n <= 0 only asks. Returns the number before. Any thread.
int SetMaxHandoffs(int n);

// The goroutine's number, which its traces show. Go hides it; for logs and tests.
uint64_t Goid();

// Ends the process with that status: flushes C and C++ streams, runs no destructors. os.Exit.
[[noreturn]] void Exit(int code);

// Around code that blocks in the system: the goroutine's processor is given to others if that takes more than some 20
// microseconds. A call into gort between the two ends what EnterSyscall began. syscall.Syscall's entersyscall and
// exitsyscall.
//
// Nothing has to be wrapped so: whoever blocks or computes outside of gort loses the processor after 10 ms, and at once
// in those calls of libc that gort knows (read, accept, poll, sleep, pthread_mutex_lock and their kin). It is for what
// gort does not know and where 10 ms are long.
void EnterSyscall();
void ExitSyscall();

// Calls f(), which may block in the system; returns what f returns. What f throws comes out.
template <class F>
auto Blocking(F&& f) -> std::invoke_result_t<F&> {
  struct Around {
    Around() { EnterSyscall(); }
    ~Around() { ExitSyscall(); }
  } around;
  return f();
}

}  // namespace gort
