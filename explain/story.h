// A wait, and a goroutine's life, in sentences.
#pragma once

#include <string>
#include <string_view>

#include "explain/waits.h"

namespace explain {

// "G12 (main.worker)".
std::string Called(int64_t g, std::string_view name);

// "found on P1's own ring", by which rule of findRunnable it came to run.
std::string RuleText(const Wait& wait);
// A short name of the rule, as in tables: "ring", "global queue, 61st tick".
std::string_view RuleName(Rule rule);

// The story of a wait whose details were filled in. One line, clauses with ';' between them, "(inferred)" and "(open)"
// behind those that are not certain.
std::string Story(const Wait& wait, const Names& names);
// The line above it: who, how long, when.
std::string Headline(const Wait& wait, const Names& names);

// One line of a goroutine's life for what the fact says about g; "" if it says nothing that a wait's story does not say
// better.
std::string LifeLine(const Fact& fact, std::string_view text, int64_t g, const State& state);

}  // namespace explain
