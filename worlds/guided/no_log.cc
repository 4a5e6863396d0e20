// What worlds that have no log are asked nothing of: the guided one, and the model and the explored one, which have it
// of this one. Nobody reads what is printed; the program is not there, nor are its timers in bubbles, its collector
// but for the workers that a trace shows.
#include <string_view>

#include "runtime/proc_decl.h"

namespace runtime {

// ---- threads, failures

bool canPreemptM(m*) { return true; }
uint32 outsideCount::Load() const { return 0; }
void writeErrStr(std::string_view) {}
void printstring(std::string_view) {}
void printint(int64) {}
void printuint(uint64) {}
void printbool(bool) {}
void printhex(uint64) {}

// ---- the program

void parsedebugvars() {}
int32 gomaxprocsFromEnv() { return 0; }
void doInit(initTask*) {}
void main_main() {}
void runExitHooks(int32) {}

// ---- memory and the collector

bool stackFitsStart(g*) { return true; }
bool gcControllerState::addIdleMarkWorker() { return false; }
bool gcControllerState::needIdleMarkWorker() { return false; }
void gcenable() {}
bool gcMarkWorkAvailable(p*) { return false; }
g* gcBgMarkWorkerPool_pop() { return nullptr; }
bool scavenger_sysmonWake() { return false; }
void scavenger_wake() {}
uint32 fingStatus() { return 0; }
g* wakefing() { return nullptr; }

// ---- the poller, bubbles

bool netpollinited() { return true; }
void synctestGroup::changegstatus(g*, uint32, uint32) {}
void synctestGroup::incActive() {}
void synctestGroup::decActive() {}
outsideFlag::operator bool() const { return false; }
outsidePeriod::operator int64() const { return int64{1} << 62; }

}  // namespace runtime
