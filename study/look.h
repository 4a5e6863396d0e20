// The scheduler's state in a replay, as cells that can be shown: read from the port's own structs after each record,
// and only what is different from before is told.
//
// Everything of sched, of each P and of each M is looked at each time, which is little. Of the goroutines, only those
// can have changed that a record names, that an M runs or ran a record ago; a look at all of them (LookAtAll) finds
// nothing more, and a test holds that.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conformance/schedlog/types.h"
#include "runtime/proc_decl.h"
#include "study/page_data.h"

namespace study {

// One field of one object. Values are those of Page slots, but a word is a number of Look::Word.
struct Cell {
  char object;  // 'S' the scheduler, 'P', 'M', 'G'
  int64_t id;
  const char* field;
  Type type;
  Value value = 0;
  std::vector<Value> list;

  // Of the last change: what it was; in a list, `removed` elements at `at` made room for `inserted`.
  Value before = 0;
  uint32_t at = 0, removed = 0, inserted = 0;
  std::vector<Value> gone;  // those that were removed
  bool changing = false;

  Page::Slot slot = 0;  // for whoever writes a page
  bool left_out = false;
};

class Look {
 public:
  // After a record: what it changed. Good until the next call.
  const std::vector<Cell*>& After(const schedlog::Record& record, const schedlog::Kind& kind);
  // The same by looking at everything, at any time.
  const std::vector<Cell*>& LookAtAll();

  // All cells that ever were, in the order of their first use.
  std::deque<Cell>& cells() { return cells_; }
  std::string_view Word(Value number) const { return words_[static_cast<size_t>(number)]; }
  // The function that a goroutine began with, "" if the log does not say.
  static std::string StartOf(const runtime::g* gp);

  // Called for each goroutine that is seen for the first time, under its id.
  void (*born)(void* context, int64_t goid, const runtime::g* gp) = nullptr;
  void* context = nullptr;

 private:
  struct OfSched {
    Cell *gcwaiting, *stopwait, *sysmonwait, *npidle, *nmspinning, *needspinning, *nmidle, *nmidlelocked, *nmsys,
        *ngsys, *gfree, *runqsize, *lock, *runq, *pidle, *midle;
  };
  struct OfP {
    Cell *status, *m, *runnext, *runq, *schedtick, *syscalltick, *preempt, *gfree;
    uint32_t head = 0, tail = 0;
  };
  struct OfM {
    Cell *there, *p, *nextp, *curg, *spinning, *idle, *locks, *lockedg;
    uint64_t seen = 0;
  };
  struct OfG {
    Cell *status, *waitreason, *m, *lockedm;
  };

  Cell* New(char object, int64_t id, const char* field, Type type);
  void Set(Cell* cell, Value value);
  void SetWord(Cell* cell, std::string_view word);
  void SetList(Cell* cell);  // to scratch_
  Value Number(std::string_view word);

  void Begin();
  void Scheduler(bool all);
  void Ps(bool all);
  void Ms();
  void G(runtime::g* gp);
  void Gone(int64_t goid);

  std::deque<Cell> cells_;
  std::vector<Cell*> changes_;
  std::vector<std::string> words_{""};
  std::unordered_map<std::string, Value> word_numbers_{{"", 0}};
  std::vector<Value> scratch_;

  bool has_sched_ = false;
  OfSched sched_{};
  runtime::g *runq_head_ = nullptr, *runq_tail_ = nullptr;
  runtime::p* pidle_ = nullptr;
  runtime::m* midle_ = nullptr;
  std::vector<OfP> ps_;
  std::unordered_map<int64_t, OfM> ms_;
  uint64_t looks_ = 0;
  std::unordered_map<int64_t, OfG> gs_;
  std::unordered_map<const runtime::g*, int64_t> goids_;  // that each g had when it was last looked at
  std::unordered_map<int64_t, runtime::g*> by_goid_;
  std::vector<runtime::g*> recent_, now_;
};

}  // namespace study
