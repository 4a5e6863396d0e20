// C++ exceptions on goroutines. No Go file has this.
//
// The C++ library keeps, for each thread, the list of the exceptions that are being handled and the count of those in
// flight. A goroutine may park in the middle of a catch block and go on elsewhere, while another goroutine throws on
// the thread that it left; so these two words must be the goroutine's. They lie in gExtra above its stack, and the two
// functions by which the library finds them are defined here and take the place of the library's own: it calls them
// through its PLT, and a program's definitions come before a library's. A switch of goroutines costs nothing for it.
//
// Everything else (g0, gsignal, threads that are none of ours) has them in a thread_local, as it always was.
//
// The other half of this file is the terminate handler: what C++ does with an exception that nobody catches is what Go
// does with a panic that nobody recovers. The search for a handler goes up to goexit, whose frame ends the stack, and
// fails; nothing is unwound. So the trace shows where the exception came from.
//
// An exception that is being thrown is never moved by the runtime, and gort catches none: std::current_exception,
// std::uncaught_exceptions, rethrowing and nested exceptions are as C++ says.
#include "runtime/cxx.h"

#include <cxxabi.h>
#include <unwind.h>

#include <exception>
#include <string>
#include <typeinfo>

#include "absl/debugging/internal/demangle.h"
#include "runtime/boundary.h"
#include "runtime/error.h"
#include "runtime/panic.h"
#include "runtime/proc_decl.h"

namespace runtime {

[[gnu::tls_model("initial-exec")]] static thread_local gExtra threadExtra;

// Out of line, so that the thread_local's address is found anew after any switch.
[[gnu::noinline]] gExtra* extraOfThread() { return &threadExtra; }

namespace {

ehGlobals* ehOfCaller() {
  g* gp = getg();
  if (gp != nullptr && gp->m != nullptr && gp->m->curg.plain() == gp) [[likely]] {
    return &extraOf(gp)->eh;
  }
  return &extraOfThread()->eh;
}

// What the Itanium C++ ABI lays before a thrown object, as libstdc++ has it. Only read here.
struct cxaException {
  const std::type_info* exceptionType;
  void (*exceptionDestructor)(void*);
  void (*unexpectedHandler)();
  void (*terminateHandler)();
  cxaException* nextException;
  int handlerCount;
  int handlerSwitchValue;
  const unsigned char* actionRecord;
  const unsigned char* languageSpecificData;
  _Unwind_Ptr catchTemp;
  void* adjustedPtr;
  _Unwind_Exception unwindHeader;
};
// The same place for one that std::rethrow_exception threw: it stands for another one.
struct cxaDependentException {
  void* primaryException;
  void (*padding)(void*);
  char same[sizeof(cxaException) - 2 * sizeof(void*)];
};
static_assert(sizeof(cxaDependentException) == sizeof(cxaException));

constexpr _Unwind_Exception_Class cxxClass = 0x474e5543432b2b00;        // "GNUCC++\0"
constexpr _Unwind_Exception_Class cxxDependentClass = 0x474e5543432b2b01;

bool isCxx(const cxaException* e) {
  _Unwind_Exception_Class c = e->unwindHeader.exception_class;
  return c == cxxClass || c == cxxDependentClass;
}

struct thrown {
  void* object;
  const std::type_info* type;
};

thrown thrownBy(cxaException* e) {
  if (e->unwindHeader.exception_class == cxxDependentClass) {
    void* object = reinterpret_cast<cxaDependentException*>(e)->primaryException;
    return {object, (static_cast<cxaException*>(object) - 1)->exceptionType};
  }
  return {e + 1, e->exceptionType};
}

// As a catch clause of type Want would find it; nullptr if it would not.
template <class Want>
const Want* as(thrown t) {
  void* object = t.object;
  if (!typeid(Want).__do_catch(t.type, &object, 1)) return nullptr;
  return static_cast<const Want*>(object);
}

template <class Stored, class Printed>
bool numberOf(thrown t, panicval* v) {
  if (*t.type != typeid(Stored)) return false;
  v->text = formatNumber(v->number, static_cast<Printed>(*static_cast<Stored*>(t.object)));
  return true;
}

// Whether it came from a fault: the report shows the signal then.
bool describe(cxaException* e, panicval* v, char* typeBuf, int typeLen) {
  thrown t = thrownBy(e);
  if (auto* p = as<std::exception>(t)) {
    v->text = p->what();
    return as<gort::MemoryError>(t) != nullptr || as<faultError>(t) != nullptr;
  }
  if (auto* p = as<std::string>(t)) {
    v->text = *p;
    return false;
  }
  if (*t.type == typeid(const char*) || *t.type == typeid(char*)) {
    const char* s = *static_cast<const char**>(t.object);
    v->text = s == nullptr ? "nil" : s;
    return false;
  }
  if (*t.type == typeid(std::nullptr_t)) {
    v->text = "nil";
    return false;
  }
  if (numberOf<bool, bool>(t, v) || numberOf<char, int64>(t, v) || numberOf<signed char, int64>(t, v) ||
      numberOf<unsigned char, uint64>(t, v) || numberOf<short, int64>(t, v) || numberOf<unsigned short, uint64>(t, v) ||
      numberOf<int, int64>(t, v) || numberOf<unsigned, uint64>(t, v) || numberOf<long, int64>(t, v) ||
      numberOf<unsigned long, uint64>(t, v) || numberOf<long long, int64>(t, v) ||
      numberOf<unsigned long long, uint64>(t, v) || numberOf<float, double>(t, v) || numberOf<double, double>(t, v)) {
    return false;
  }
  // A type's mangled name, as a symbol: _Z before it, and what the demangler takes for a function's name.
  std::string_view name = t.type->name();
  if (!name.empty() && name[0] == '*') name.remove_prefix(1);
  int status = 0;
  if (char* s = abi::__cxa_demangle(name.data(), nullptr, nullptr, &status); s != nullptr && status == 0) {
    std::string_view full(s);
    uintptr n = full.copy(typeBuf, static_cast<uintptr>(typeLen) - 1);
    typeBuf[n] = 0;
    std::free(s);
    v->type = typeBuf;
  } else {
    v->type = name.data();
  }
  v->object = t.object;
  return false;
}

constexpr int maxPanics = 32;  // of one goroutine's nested exceptions, shown at once

std::terminate_handler before;

// std::terminate: C++ gives up on the calling thread's, or goroutine's, exceptions. The stack is as it was.
[[noreturn]] void onTerminate() {
  g* gp = getg();
  if (gp == nullptr || gp->m == nullptr) {
    // Not a goroutine's: what a program without gort would do.
    if (before != nullptr) before();
    std::abort();
  }
  enterForGood();
  ehGlobals* eh = ehOfCaller();
  auto* e = static_cast<cxaException*>(eh->caughtExceptions);
  if (gp->m->curg.plain() == gp && extraOf(gp)->goexiting != nullptr && (e == nullptr || !isCxx(e))) {
    fatal("Goexit through a noexcept function");
  }
  if (e == nullptr) fatal("terminate called without an active exception");
  if (!isCxx(e)) fatal("terminate called for an exception that is not C++'s");

  // The text is fetched before the world is frozen: what() is the program's code.
  static thread_local bool fetching;
  if (fetching) throw_("panic while printing panic value");
  fetching = true;
  _panic panics[maxPanics];
  panicval values[maxPanics];
  char types[maxPanics][128];
  int n = 0;
  bool mayBeFault = false;
  for (auto* x = e; x != nullptr && isCxx(x) && n < maxPanics; x = x->nextException, n++) {
    mayBeFault |= describe(x, &values[n], types[n], sizeof(types[n]));
    panics[n].arg.data = &values[n];
    panics[n].recovered = n > 0;
    if (n > 0) panics[n - 1].link = &panics[n];
  }
  fetching = false;
  // A fault that was caught long ago is no part of this.
  if (!mayBeFault) gp->sig = 0;

  if (gp->m->curg.plain() != gp) {
    print("panic: ");
    printpanicval(values[0]);
    print("\n");
    throw_("panic on system stack");
  }
  addRunningPanicDefers(1);
  fatalpanic(&panics[0]);
}

}  // namespace

void cxxinit() {
  if (std::get_terminate() != onTerminate) before = std::set_terminate(onTerminate);
}

}  // namespace runtime

// The library's names; its struct is the same two words.
namespace __cxxabiv1 {

extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept {
  return reinterpret_cast<__cxa_eh_globals*>(runtime::ehOfCaller());
}
extern "C" __cxa_eh_globals* __cxa_get_globals_fast() noexcept {
  return reinterpret_cast<__cxa_eh_globals*>(runtime::ehOfCaller());
}

}  // namespace __cxxabiv1
