// What specimen.cc stands on.
#pragma once

namespace specimen {

inline long trail;  // what happened, as digits

}  // namespace specimen
