#pragma once

#include <vector>

#include "../range/SignedRange.h"

namespace poa::witness {

/** @param nonNegative of each score, 1 or 0. Returns the larger mass. */
template <class Sink>
Wide scoreTotal(Sink& sink, unsigned totalBits, const std::vector<Wide>& scores, const std::vector<bool>& nonNegative) {
  Wide positiveMass = 0, sum = 0;
  for (size_t c = 0; c < scores.size(); c++) {
    const Wide positive = nonNegative[c] ? scores[c] : 0;
    sink.emit(scores[c], "scores", c);
    sink.emit(static_cast<bool>(nonNegative[c]), "nonNegative", c);
    sink.emit(positive, "positive", c);
    positiveMass += positive;
    sum += scores[c];
  }
  {
    const auto sign = sink.component("sign");
    signedRange(sink, totalBits + 1, sum);
  }
  const Wide positiveSum = sum >= 0 ? sum : 0;
  const Wide total = positiveMass - sum + positiveSum;
  sink.emit(positiveSum, "positiveSum");
  sink.emit(total, "total");
  return total;
}

}  // namespace poa::witness
