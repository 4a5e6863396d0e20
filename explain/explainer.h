// From facts to an explanation: what a command, or a page, asks for.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "explain/report.h"
#include "explain/waits.h"

namespace explain {

struct Question {
  size_t worst = 10;            // that many of the longest waits are told
  int64_t from = 0, to = 0;     // only starts in this window count; to 0: to the end. ns since the beginning
  int64_t g = 0;                // tell this goroutine's life; 0: nobody's
  int64_t at = -1;              // tell how things stood then; < 0: never
};

class Explainer {
 public:
  // Of a life: when, in ns since the beginning, and a sentence; or a wait, with its details.
  using Life = std::function<void(int64_t time, const std::string& sentence, const Wait* wait)>;
  // Called once, with the state at Question::at; now: that moment by the recording's clock.
  using Stood = std::function<void(const State& state, int64_t now)>;

  Explainer(const Question& question, Life life, Stood stood);
  Explainer(const Explainer&) = delete;
  Explainer& operator=(const Explainer&) = delete;

  void Put(const Fact& fact, std::string_view text);
  // After the last fact. path, error and trace are the caller's to fill.
  Explanation Finish();

  // Whether somebody asked for a moment, or a goroutine, that did not come.
  bool stood() const { return stood_done_; }
  bool lived() const { return lived_; }
  int64_t now() const { return waits_.now(); }
  const Names& names() const { return waits_.state().names(); }

 private:
  void Ended(Wait& wait);
  bool InWindow(int64_t time) const { return time >= question_.from && (question_.to == 0 || time < question_.to); }

  Question question_;
  Life life_;
  Stood stood_;
  Waits waits_;
  Totals totals_;
  Worst worst_;
  Explanation explanation_;
  bool stood_done_ = false, lived_ = false;
};

}  // namespace explain
