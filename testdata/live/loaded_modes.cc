// The library of loaded.cc.
#include <dlfcn.h>
#include <xmmintrin.h>

extern "C" void flushToZero(int on) { _mm_setcsr(on != 0 ? _mm_getcsr() | 0x8040 : _mm_getcsr() & ~0x8040u); }

// By this library's search path: the program's does not have it.
extern "C" int findsNeighbour() { return dlopen("libloaded_more.so", RTLD_NOW) != nullptr; }
