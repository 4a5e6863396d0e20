// The lanes of a replay: what each P, M and goroutine was, from record to record, told by the cells that change.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "study/look.h"
#include "study/page_data.h"

namespace study {

class LanesOf {
 public:
  explicit LanesOf(Page& page, const Look& look);

  // Times are numbers of records.
  void After(Value time, const std::vector<Cell*>& changes);
  // The window begins: what was before is not shown.
  void Begin(Value time);
  // The last spans end here; the lanes are written. Goroutines that did most are shown.
  void End(Value time);

 private:
  // What an object is at a moment.
  struct Being {
    Page::Cause cause = 0;  // 0: nothing to show
    Value g = 0;
    bool operator==(const Being&) const = default;
  };
  struct Span {
    Value from, to;
    Being was;
  };
  struct Track {
    Value since = 0;
    Being now;
    std::vector<Span> spans;
  };
  enum Where : uint8_t { kNowhere, kOnRing, kInNext, kOnGlobal };

  struct P {
    Value status = 0, m = 0;
  };
  struct M {
    Value p = 0, curg = 0;
    bool spinning = false, idle = false;
  };
  struct G {
    Value status = 0, reason = 0, m = 0;
    Where where = kNowhere;
    Value p = 0;  // whose ring it is on
  };

  void Became(Track& track, Value time, Being now);
  Being OfP(Value id);
  Being OfM(Value id);
  Being OfG(Value id);
  Page::Cause Waits(Value reason);

  Page& page_;
  const Look& look_;
  std::map<Value, P> ps_;
  std::map<Value, M> ms_;
  std::unordered_map<Value, G> gs_;
  std::map<Value, Track> p_tracks_, m_tracks_, g_tracks_;
  std::map<Value, Page::Cause> waits_;
  Page::Cause run_, scheduler_, spin_, syscall_, stop_, next_, ring_, global_, runnable_, no_p_;
};

}  // namespace study
