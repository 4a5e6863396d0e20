// What a page shows, as the programs that make one write it: gort study and gort explain --html.
//
// A page has three things, each of which may be left out.
//
//   lanes    rows of spans over time (what a P ran, what a goroutine waited for), and rows of counts (how long a queue
//            was). A span has a colour, which is its cause, and may have a story.
//   stories  what a click on a span tells: clauses, each with how sure it is, the state just before, a line of source.
//   steps    what happened, in order, and what each step changed in the state of the scheduler. The page goes through
//            them forward and back, and can show the state at any time.
//
// Everything is appended and nothing is taken back, so a million of each cost some tens of megabytes and no more than a
// pass. Numbers that the functions return are valid in the same Page only. Times are ns, or numbers of records: the
// unit is the page's. Times of steps must not go down; the spans of a lane are in order and do not overlap.
//
// Nothing here fails. What a name, a sentence or a source contains is shown as text, never read as HTML.
// Thread safety: one thread at a time.
//
// How it is stored: docs/study.md, "The data of a page".
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace study {

// How sure a clause is.
enum class Sure : uint8_t { kCertain, kInferred, kOpen };

// The colours of causes, by what they mean. Several causes may have one tone; they then differ in the text only.
enum class Tone : uint8_t {
  kIdle,         // nothing there: as the background, nearly
  kRun,          // user code runs
  kRuntime,      // the scheduler, the collector or another system goroutine runs
  kSyscall,      // in a system call
  kBlocked,      // waits for the program: a channel, a lock, the network
  kBehind,       // runnable, behind others on a ring
  kNext,         // runnable, in runnext
  kGlobal,       // runnable, on the global queue
  kNoP,          // runnable, all Ps busy
  kIdleP,        // runnable, while a P was idle: what one looks for
  kStarting,     // runnable, and a thread was on its way
  kLate,         // the poller or a timer was late
  kLocked,       // waits for its locked thread
  kStop,         // the world is stopped, or about to be
  kSpin,         // an M looks for work
  kOther,
};

// What a slot of the state holds.
enum class Type : uint8_t {
  kNumber,
  kBool,
  kG,      // a goroutine's id, 0: none
  kP,      // id + 1, 0: none
  kM,      // id + 1, 0: none
  kWord,   // a Page::Text
  kGs,     // a list of goroutine ids: a queue
  kPs,     // lists of ids, as they are
  kMs,
};

// An argument of a sentence, or the value of a slot.
using Value = int64_t;

class Page {
 public:
  enum class Unit : uint8_t { kNanoseconds, kRecords };

  explicit Page(Unit unit);

  // A text of the page, by number; the same text has one number. 0 is "".
  using Text = uint32_t;
  Text Intern(std::string_view text);

  // ---- the head

  void Title(std::string_view title, std::string_view below);
  // A line that the reader should see first: the log is longer than the window, the trace's version is not known.
  void Remark(std::string_view text);
  // Where the page opens: that step, or that time.
  void OpenAt(Value step) { open_step_ = step + 1; }
  // A goroutine's name: the function that it began with. Once for each.
  void Goroutine(int64_t g, std::string_view name);

  // ---- words

  // A sentence with places for arguments, in order: {g} a goroutine, {p} {m} an id (as it is), {n} a number, {d} a
  // duration and {t} a time in the page's unit, {s} a Text, {G} a list of goroutines (a count, then ids), {b} a bool,
  // {x} a number as hexadecimal. Other text stands for itself. The same sentence has one number. A strong one is what
  // counts among steps: a decision, say.
  using Sentence = uint32_t;
  Sentence Say(std::string_view pattern, bool strong = false);

  // A cause, for spans: its name in the legend, its colour, what it means in a sentence.
  using Cause = uint8_t;  // at most 255 of them, from 1
  Cause AddCause(std::string_view name, Tone tone, std::string_view meaning);

  // ---- sources: a place is a line of C++ and the line of Go beside it (sources.h makes them)

  using Function = uint32_t;  // from 1; 0: none
  Function AddFunction(std::string_view file, std::string_view name, int first_line, std::string_view text);
  using Place = uint32_t;  // from 1; 0: none
  // `caller`: the place where this function was called.
  Place AddPlace(Function cc, int cc_line, Function go, int go_line, Place caller = 0);

  // ---- steps and the state

  // A slot of the state: a field of a P ('P'), M ('M'), goroutine ('G'), or of the scheduler ('S', id 0). The page
  // knows the names of fields that it draws in a place of their own; others stand in a table. The order of first use is
  // kept.
  //
  //   'S'  "runq" (kGs) "npidle" "nmspinning" "pidle" (kPs) "midle" (kMs) "gcwaiting" "runqsize" ...
  //   'P'  "status" (kWord) "m" (kM) "schedtick" "runnext" (kG) "runq" (kGs) ...
  //   'M'  "p" (kP) "curg" (kG) "spinning" (kBool) "blocked" ...
  //   'G'  "status" (kWord) "m" (kM) "waitreason" (kWord) ...
  using Slot = uint32_t;
  Slot Field(char object, int64_t id, std::string_view field, Type type);
  // The same for many objects, each of which is asked for once: `column` is of that field.
  using Column = uint32_t;
  Column ColumnOf(std::string_view field, Type type);
  Slot NewField(char object, int64_t id, Column column);

  // Something happened: by which M (-1: nobody's), in words, where in the source. Returns its number, from 0. What
  // follows belongs to it, until the next.
  uint32_t Step(Value time, int64_t m, Sentence words, absl::Span<const Value> args, Place place = 0);
  uint32_t Step(Value time, int64_t m, Sentence words, std::initializer_list<Value> args, Place place = 0) {
    return Step(time, m, words, absl::Span<const Value>(args.begin(), args.size()), place);
  }
  // The slot is now this. All slots begin with 0, lists empty.
  void Set(Slot slot, Value value);
  // In the list, `remove` elements from `at` on are replaced by these.
  void Splice(Slot slot, uint32_t at, uint32_t remove, absl::Span<const Value> insert);

  uint32_t steps() const { return steps_; }

  // ---- stories

  using Story = uint32_t;  // from 1; 0: none
  // Begins a story. `step`: the state just before that step is shown with it (-1: none). Its clauses follow.
  Story Begin(int64_t step, Place place);
  void Clause(Sentence words, absl::Span<const Value> args, Sure sure = Sure::kCertain);
  void Clause(Sentence words, std::initializer_list<Value> args, Sure sure = Sure::kCertain) {
    Clause(words, absl::Span<const Value>(args.begin(), args.size()), sure);
  }

  // ---- lanes

  using Lane = uint32_t;
  // Lanes of one group stand together: "Ps", "Ms", "Goroutines", "Queues" or others. One that is not shown appears when
  // its goroutine is chosen or found: `g` is that goroutine, 0 for none.
  Lane AddLane(std::string_view group, std::string_view name, bool shown = true, int64_t g = 0);
  void Show(Lane lane) { lanes_[lane].shown = true; }
  // What the lane was from start to end: its cause; the goroutine that it is about (0: none).
  void Span(Lane lane, Value start, Value end, Cause cause, int64_t g = 0, Story story = 0);
  // A lane that draws a number, or a list's length, over time.
  void AddCounter(std::string_view group, std::string_view name, Slot slot, bool shown = true);

  uint64_t spans() const { return span_count_; }

  // The whole as bytes, ready to be packed into a page (page_html.h).
  std::string Bytes();

 private:
  struct LaneData {
    Text group, name;
    bool shown;
    int64_t g;
    uint32_t count = 0;
    Value last = 0;    // end of the last span
    int64_t last_g = 0;
    Story last_story = 0;
    std::string bytes;
  };
  struct FieldData {
    Text name;
    Type type;
  };
  void EndStep();
  void EndStory();

  Unit unit_;
  Value begin_ = 0, end_ = 0;
  bool any_ = false;
  Value open_step_ = 0;
  Text title_ = 0, below_ = 0;
  std::vector<Text> remarks_;

  std::deque<std::string> texts_;
  absl::flat_hash_map<absl::string_view, Text> text_numbers_;  // what is in texts_

  std::string goroutines_;
  uint32_t goroutine_count_ = 0;
  int64_t last_goroutine_ = 0;

  std::vector<std::pair<Text, bool>> sentences_;  // and whether it is strong
  std::unordered_map<Text, Sentence> sentence_numbers_;

  std::string causes_;
  uint32_t cause_count_ = 0;

  std::string functions_, places_;
  uint32_t function_count_ = 0, place_count_ = 0;

  std::vector<FieldData> fields_;
  std::unordered_map<uint64_t, uint32_t> field_numbers_;  // by name and type
  std::unordered_map<uint64_t, absl::flat_hash_map<int64_t, Slot>> slots_;  // by object and field; by id
  std::string slot_table_;
  uint32_t slot_count_ = 0;

  std::string steps_bytes_, changes_;
  uint32_t steps_ = 0, change_count_ = 0;
  bool in_step_ = false;
  Value first_time_ = 0, last_time_ = 0;

  std::string stories_, clauses_;
  uint32_t story_count_ = 0;
  bool in_story_ = false;

  std::deque<LaneData> lanes_;
  std::string counters_;
  uint32_t counter_count_ = 0;
  uint64_t span_count_ = 0;

  void Cover(Value from, Value to);
};

}  // namespace study
