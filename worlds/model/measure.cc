// Between two things that happen the number of those that wait stays, and so does that of idle Ps.
#include "worlds/model/measure.h"

#include <utility>

namespace model {

void Meter::Pass(int64_t now) {
  if (!idle_.empty() && !stopped_) measured_.idle += static_cast<int64_t>(ready_.size()) * (now - last_);
  last_ = now;
}

void Meter::Ready(int64_t g, int64_t now) {
  Pass(now);
  ready_.try_emplace(g, now);
}

int64_t Meter::Start(int64_t g, const std::string& function, int64_t now) {
  Pass(now);
  const auto it = ready_.find(g);
  if (it == ready_.end()) return -1;
  const int64_t waited = now - it->second;
  ready_.erase(it);
  measured_.waits.Add(waited);
  functions_[&function].Add(waited);
  return waited;
}

void Meter::Idle(int64_t p, int64_t now) {
  Pass(now);
  idle_.insert(p);
}

void Meter::Busy(int64_t p, int64_t now) {
  Pass(now);
  idle_.erase(p);
}

void Meter::Stops(bool stops, int64_t now) {
  Pass(now);
  stopped_ = stops;
}

Measured Meter::Finish(int64_t length) {
  measured_.length = length;
  for (const auto& [function, waits] : functions_) measured_.functions[*function].Add(waits);
  return std::move(measured_);
}

}  // namespace model
