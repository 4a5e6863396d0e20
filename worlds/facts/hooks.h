// Where the worlds of fibers let the collector look on: each calls `told` where the port says at<"name">(...), and
// `changed` after a named shared word got another value. Both are empty for names that no fact comes from, and cost
// one look at `listening` for the others.
#pragma once

#include <cstdint>

#include "runtime/internal/fixed_string.h"
#include "runtime/internal/goarch.h"

namespace runtime {
struct g;
struct m;
struct note;
struct p;
}  // namespace runtime

namespace facts {

extern bool listening;

// ---- collector.cc. Fields are given by address, for the object that they belong to.
void foundBy(runtime::uint8 why, runtime::g* gp, bool inheritTime);
void readies(runtime::g* gp);
void wakes(bool took);
void startsThread();
void wakesThread(const runtime::note* n);  // called by notewakeup, before it wakes
void newThread(runtime::p* pp, runtime::int64 id);
void startsWired(runtime::g* gp);
void waitsWired();
void parkEnds(bool parked);
void sleeps();
void handsOver();
void preempts();
void putsAtHead(runtime::g* gp);
void putsOnGlobal(runtime::g* gp);
void putsBatch();
void stopsWorld(runtime::uint8 reason);
void endsThread();

void statusChanged(const void* field, runtime::uint32 old, runtime::uint32 now);
void procStatusChanged(const void* field, runtime::uint32 old, runtime::uint32 now);
void headChanged(const void* field, runtime::uint32 old, runtime::uint32 now);
void tailChanged(const void* field, runtime::uint32 old, runtime::uint32 now);
void runnextChanged(const void* field, runtime::g* old, runtime::g* now);
void idleListChanged(runtime::p* old, runtime::p* now);
void globalSizeChanged(runtime::int32 by);
void spinningChanged(runtime::int32 old, runtime::int32 now);
void stoppingChanged(bool stops);
void lastpollChanged(runtime::int64 old, runtime::int64 now);
void procsChanged(runtime::int32 n);

template <runtime::fixed_string Name, class... A>
inline void told(const A&... a) {
  constexpr std::string_view name = Name.view();
  if constexpr (name == "found") {
    if (listening) [[unlikely]] [](runtime::uint8 why, runtime::g* gp, bool inherit, bool) {
      foundBy(why, gp, inherit);
    }(a...);
  } else if constexpr (name == "ready") {
    if (listening) [[unlikely]] [](runtime::g* gp, bool) { readies(gp); }(a...);
  } else if constexpr (name == "wakep") {
    if (listening) [[unlikely]] wakes(a...);
  } else if constexpr (name == "startm") {
    if (listening) [[unlikely]] startsThread();
  } else if constexpr (name == "newm") {
    if (listening) [[unlikely]] newThread(a...);
  } else if constexpr (name == "startlockedm") {
    if (listening) [[unlikely]] startsWired(a...);
  } else if constexpr (name == "stoplockedm") {
    if (listening) [[unlikely]] waitsWired();
  } else if constexpr (name == "waitunlockf.ret") {
    if (listening) [[unlikely]] parkEnds(a...);
  } else if constexpr (name == "stopm") {
    if (listening) [[unlikely]] sleeps();
  } else if constexpr (name == "goyield") {
    if (listening) [[unlikely]] handsOver();
  } else if constexpr (name == "gopreempt_m") {
    if (listening) [[unlikely]] preempts();
  } else if constexpr (name == "globrunqputhead") {
    if (listening) [[unlikely]] putsAtHead(a...);
  } else if constexpr (name == "globrunqput") {
    if (listening) [[unlikely]] putsOnGlobal(a...);
  } else if constexpr (name == "globrunqputbatch") {
    if (listening) [[unlikely]] putsBatch();
  } else if constexpr (name == "stopTheWorldWithSema") {
    if (listening) [[unlikely]] stopsWorld(a...);
  } else if constexpr (name == "mexit") {
    if (listening) [[unlikely]] endsThread();
  }
}

// For the port's fields: T is a number, or a pointer that is one in Go (guintptr ...).
template <runtime::fixed_string Name, class T>
inline void changed(const void* field, const T& old, const T& now) {
  constexpr std::string_view name = Name.view();
  if constexpr (name == "g.atomicstatus") {
    if (listening) [[unlikely]] statusChanged(field, old, now);
  } else if constexpr (name == "p.status") {
    if (listening) [[unlikely]] procStatusChanged(field, old, now);
  } else if constexpr (name == "p.runqhead") {
    if (listening) [[unlikely]] headChanged(field, old, now);
  } else if constexpr (name == "p.runqtail") {
    if (listening) [[unlikely]] tailChanged(field, old, now);
  } else if constexpr (name == "p.runnext") {
    if (listening) [[unlikely]] runnextChanged(field, old.ptr(), now.ptr());
  } else if constexpr (name == "sched.pidle") {
    if (listening) [[unlikely]] idleListChanged(old.ptr(), now.ptr());
  } else if constexpr (name == "sched.runqsize") {
    if (listening) [[unlikely]] globalSizeChanged(now - old);
  } else if constexpr (name == "sched.nmspinning") {
    if (listening) [[unlikely]] spinningChanged(old, now);
  } else if constexpr (name == "sched.gcwaiting") {
    if (listening) [[unlikely]] stoppingChanged(now);
  } else if constexpr (name == "sched.lastpoll") {
    if (listening) [[unlikely]] lastpollChanged(old, now);
  } else if constexpr (name == "gomaxprocs") {
    if (listening) [[unlikely]] procsChanged(now);
  }
}

}  // namespace facts
