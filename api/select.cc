// The part of Select that does not depend on types.
#include "api/select.h"

#include <stdexcept>

namespace gort {

std::size_t Select::add(std::unique_ptr<Node> node) {
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

void Select::checkOtherwise() {
  if (hasOtherwise_) throw std::logic_error("gort::Select: more than one otherwise");
  hasOtherwise_ = true;
}

std::size_t Select::run() {
  cases_.clear();
  for (auto& node : nodes_) {
    runtime::runtimeSelect c = node->begin();
    // A default that is off must go, not become nil: move it among the receives that never happen.
    if (!node->on) c = {runtime::selectRecv, nullptr, nullptr};
    cases_.push_back(c);
  }
  runtime::selectgoResult r =
      runtime::reflect_rselect(cases_.data(), static_cast<runtime::intptr>(cases_.size()));
  auto chosen = static_cast<std::size_t>(r.casi);
  Node* node = nodes_[chosen].get();  // stays where it is if the handler adds cases
  node->won(r.recvOK);
  return chosen;
}

}  // namespace gort
