// What stands in the place of a collection: the pools of package sync are emptied by its clock.
#pragma once

namespace runtime {

// A collection as far as there is one: stops the world, empties the pools by half (clearpools), starts it again, and
// has what was dropped destroyed. What nobody has taken out between two calls is gone after the second. From a
// goroutine.
void GC();

// cleanup is called with the world stopped; it must neither allocate, lock nor park. afterwards is called on a
// goroutine, with the world running. From now on the runtime calls both every two minutes at least (forcegcperiod).
// Once.
void sync_runtime_registerPoolCleanup(void (*cleanup)(), void (*afterwards)());

// With the world stopped, once there is a cleanup.
void clearpools();

}  // namespace runtime
