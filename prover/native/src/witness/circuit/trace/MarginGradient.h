#pragma once

#include <vector>

#include "../range/SignedRange.h"
#include "MarginWeight.h"

namespace poa::witness {

struct Margin {
  /** C signed integers. */
  std::vector<int64_t> delta;
  /** C + 1 integers below 2^logitBits. */
  std::vector<int64_t> packable;
};

/** Requires that no logit exceeds the label's. */
template <class Sink>
Margin marginGradient(Sink& sink, unsigned logitBits, const std::vector<int64_t>& logits, size_t label) {
  const size_t C = logits.size();
  // As circom chooses: the first of the largest, and class 0 at a value out of range when every competitor is out of range.
  int64_t runnerUp = -(int64_t{1} << (logitBits - 1)) - 1;
  size_t runnerUpClass = 0;
  for (size_t k = 0; k < C; k++)
    if (k != label && logits[k] > runnerUp) {
      runnerUp = logits[k];
      runnerUpClass = k;
    }
  sink.emit(runnerUp, "runnerUp");

  Margin margin;
  std::vector<int64_t> weights;
  int64_t total = 0;
  for (size_t k = 0; k < C; k++) {
    const bool isLabel = k == label;
    const int64_t distance = isLabel ? logits[k] - runnerUp : runnerUp - logits[k];
    sink.emit(logits[k], "logits", k);
    sink.emit(isLabel, "isLabel", k);
    sink.emit(k == runnerUpClass, "isRunnerUp", k);
    sink.emit(distance, "distance", k);
    const auto weight = sink.component("weight", k);
    weights.push_back(marginWeight(sink, logitBits, distance, isLabel));
    total += weights[k];
    margin.packable.push_back(distance);
  }
  for (size_t k = 0; k < C; k++) {
    margin.delta.push_back(k == label ? total : -weights[k]);
    sink.emit(margin.delta[k], "delta", k);
  }
  {
    const auto runnerUpRange = sink.component("runnerUpRange");
    margin.packable.push_back(signedRange(sink, logitBits, runnerUp));
  }
  for (size_t k = 0; k <= C; k++) sink.emit(margin.packable[k], "packable", k);
  return margin;
}

}  // namespace poa::witness
