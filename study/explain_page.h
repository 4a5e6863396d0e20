// The page of gort explain --html: what each P, thread and goroutine did, the queues at each moment, and for each start
// of a goroutine the story of its wait, the queues just before, the line of proc.cc that chose it.
//
// It is fed with the same facts as the Explainer, and puts them together by the same Waits: what a story says here is
// what the command says.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "explain/waits.h"
#include "study/page_data.h"
#include "study/sources.h"

namespace study {

class ExplainPage {
 public:
  // `goroot`: an installed Go 1.24, or "". Only what happens from `from` to `to` is shown, in ns since the beginning;
  // to 0: to the end.
  ExplainPage(std::string_view title, std::string_view goroot, int64_t from, int64_t to);
  ExplainPage(const ExplainPage&) = delete;
  ExplainPage& operator=(const ExplainPage&) = delete;

  // Each fact, in order.
  void Put(const facts::Fact& fact, std::string_view text);

  // After the last one: the page, to a file or to "-". "" or one line about what went wrong. `below` is the line under
  // the title. Once.
  std::string Write(const std::string& path, std::string_view below);

  uint64_t spans() const { return page_.spans(); }

 private:
  // What an object is, since when; what a span of it says.
  struct Track {
    Page::Lane lane = 0;
    bool has_lane = false;
    int64_t since = 0;
    Page::Cause cause = 0;
    int64_t g = 0;
    Page::Story story = 0;
    int64_t drawn = 0;  // up to here
    int64_t worst = 0;  // the longest wait, of a goroutine
  };
  struct SlotsOfP {
    Page::Slot status, m, runs, runnext, runq;
    Value now[4] = {};  // as above
    std::deque<Value> ring;
  };
  struct SlotsOfM {
    Page::Slot there, state, p, curg;
    Value now[4] = {};
  };
  static constexpr uint64_t kNever = ~uint64_t{0};
  // Of a goroutine, also when it has ended.
  struct OfG {
    Track lane;
    bool has_slots = false, had_slots = false, named = false;
    Page::Slot status = 0, waitreason = 0;
    Value now[2] = {};
    uint64_t starts_when_ready = kNever;  // how many starts there had been
  };

  bool Shown() const { return now_ >= from_ && (to_ == 0 || now_ < to_); }
  void Words(const facts::Fact& fact, std::string_view text);
  void Sync(const facts::Fact& fact, int32_t old_p);
  void SyncP(int32_t p);
  void SyncM(int32_t m);
  bool Holds(int32_t m, const explain::M& thread) const;
  void SyncG(int64_t g);
  void SyncList(Page::Slot slot, std::deque<Value>& was, const std::deque<int64_t>& is);
  void SyncAll();
  void Put(Page::Slot slot, Value& was, Value is);
  // `pattern`, `word`: a literal.
  Value TextOf(std::string_view word);
  void Step(std::string_view pattern, std::initializer_list<Value> args, bool strong = false, Page::Place place = 0);

  void Became(Track& track, Page::Cause cause, int64_t g, Page::Story story);
  void Draw(Track& track, int64_t from, int64_t to, Page::Cause cause, int64_t g, Page::Story story);
  Track& LaneOf(std::map<int64_t, Track>& tracks, int64_t id, const char* group, const char* letter);
  OfG& Of(int64_t g);
  Track& LaneOfG(int64_t g);
  void Lanes(const facts::Fact& fact, std::string_view text, int32_t old_p);
  Page::Cause Blocked(std::string_view reason);
  Page::Cause CauseOf(const explain::Wait& wait) const;

  bool WantsDetail(const explain::Wait& wait);
  Page::Story Tell(explain::Wait& wait);
  void Clause(std::string_view clause);
  Page::Place PlaceOf(explain::Rule rule);

  Page page_;
  Sources sources_;
  explain::Waits waits_;
  std::string title_;
  int64_t from_, to_, now_ = 0;
  std::vector<int32_t> threads_;  // that the fact may say something of: its own, and those that its Ps had
  bool began_ = false;  // the window
  int64_t m_ = -1;      // of the fact

  uint64_t starts_ = 0;
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> longest_;
  std::vector<explain::Wait> ended_;  // by the fact that is being put
  std::map<int32_t, int64_t> moved_;  // by P: the step at which it took something, since its last start
  std::vector<Page::Cause> causes_;   // by explain::Cause
  std::map<std::string, Page::Cause, std::less<>> blocked_;
  Page::Cause run_, worker_, scheduler_, syscall_, given_, held_, comes_, polls_;
  std::map<explain::Rule, Page::Place> places_;

  std::map<int64_t, Track> p_lanes_, m_lanes_;
  absl::flat_hash_map<int64_t, OfG*> gs_;
  std::deque<OfG> all_gs_;
  int64_t last_g_ = 0;  // that was asked for, and what it is: most facts ask for one several times
  OfG* last_of_g_ = nullptr;
  Page::Slot idle_, spinning_, stopped_, procs_, global_;
  Value sched_[4] = {};
  std::deque<Value> queue_;
  std::vector<std::unique_ptr<SlotsOfP>> p_slots_;
  std::map<int32_t, SlotsOfM> m_slots_;
  std::vector<Value> args_;
  std::string pattern_;
  // Of literals, by where they lie.
  absl::flat_hash_map<const char*, Page::Sentence> said_;
  absl::flat_hash_map<const char*, Page::Text> words_;
};

}  // namespace study
