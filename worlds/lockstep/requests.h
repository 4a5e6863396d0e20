// Which requests to yield can be compared with a snapshot: see requests.cc.
#pragma once

namespace runtime {
struct g;
struct m;
struct p;
}  // namespace runtime

namespace lockstep {

// Whether anybody wants to know: a log with snapshots is replayed in the eager order.
extern bool requestsWatched;

// The M that runs is about to ask whoever is on pp (record preemptone), has seen who that is (m.curg.Load, a field of
// mp), has asked (preemptone.ret). The first is without a P when a scan asks: between castogscanstatus and
// casfrom_Gscanstatus.
void askingOn(const runtime::p* pp);
void asksOf(const runtime::m* mp, const runtime::g* gp);
void asked();

// The M that runs is about to run gp (record execute).
void begins(const runtime::g* gp);

// Whether what the port has in gp->preempt, or in pp->preempt, is what Go must have.
bool requestIsSettled(const runtime::g* gp);
bool requestIsSettled(const runtime::p* pp);

}  // namespace lockstep
