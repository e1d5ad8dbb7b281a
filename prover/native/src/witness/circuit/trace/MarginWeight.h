#pragma once

#include "../circomlib/IsZero.h"
#include "../circomlib/Num2Bits.h"
#include "WeightTable.h"

namespace poa::witness {

/** Requires 0 <= distance < 2^logitBits. Returns the class's weight. */
template <class Sink>
int64_t marginWeight(Sink& sink, unsigned logitBits, int64_t distance, bool isLabel) {
  sink.emit(distance, "distance");
  sink.emit(isLabel, "isLabel");
  {
    const auto bits = sink.component("bits");
    num2Bits(sink, logitBits, distance);
  }
  const int64_t tableWeight = [&] {
    const auto table8 = sink.component("table8");
    return weightTableEntry(sink, static_cast<unsigned>(distance >> 7) & 255);
  }();
  const int64_t beyondTable = __builtin_popcountll(static_cast<uint64_t>(distance) >> 15);
  const bool counts = [&] {
    const auto component = sink.component("counts");
    return isZeroSignal(sink, beyondTable + isLabel);
  }();
  const int64_t weight = counts ? tableWeight : 0;
  sink.emit(weight, "weight");
  return weight;
}

}  // namespace poa::witness
