// gort: goroutines in C++, scheduled as Go 1.24 schedules them. The one header to include; Bazel target //:gort.
//
//   #include "gort.h"
//
//   int gort_main(int, char**) {
//     gort::Chan<int> c(1);
//     gort::go([=] { c.send(42); });
//     return *c.recv() == 42 ? 0 : 1;
//   }
#pragma once

#if __cplusplus < 202002L
#error "gort.h wants C++20: -std=c++20"
#endif

#include "api/chan.h"
#include "api/coro.h"
#include "api/defer.h"
#include "api/errno.h"
#include "api/go.h"
#include "api/main.h"
#include "api/panic.h"
#include "api/runtime.h"
#include "api/select.h"
#include "api/synctest.h"
#include "api/task.h"
#include "api/trace.h"
#include "sync/sync.h"
#include "time/sleep.h"
#include "time/tick.h"
#include "time/time.h"
