#pragma once

#include <vector>

#include "../../sinks.h"
#include "Widths.h"

namespace poa::witness {

struct ProductInputs {
  const U256* features;
  const std::vector<int64_t>& delta;
  const U256 *logits, *rawScores;
  const std::vector<Scalar>& powers;
  const std::vector<U256>& combinedWeights;
  const std::vector<std::vector<U256>>& combinedVectors;
};

/** Requires that logits and raw scores are the products that they should be. */
template <class Sink>
void productCheck(Sink& sink, const Shape& shape, const ProductInputs& in) {
  const size_t K = shape.contributors, C = shape.classes, H = shape.features;
  std::vector<Scalar> features;
  for (size_t j = 0; j < H; j++) {
    features.push_back(scalarOf(in.features[j]));
    sink.emit(in.features[j], "features", j);
  }
  for (size_t i = 0; i < in.powers.size(); i++) sink.emit(in.powers[i], "powers", i);

  // `terms` are for all features but the last, the bias.
  const auto multiplyByFeatures = [&](const std::vector<U256>& row, const auto& emitTerm) {
    U256 sum = multiplyStandard(row[H - 1], features[H - 1]);
    for (size_t j = 0; j + 1 < H; j++) {
      const U256 term = multiplyStandard(row[j], features[j]);
      emitTerm(term, j);
      sum = addStandard(sum, term);
    }
    return sum;
  };
  const auto combine = [&](const U256* values, size_t count, const char* valuesName, const char* termsName) {
    U256 sum = values[0];
    for (size_t i = 0; i < count; i++) {
      sink.emit(values[i], valuesName, i);
      if (i == 0) continue;
      const U256 term = multiplyStandard(values[i], in.powers[i]);
      sink.emit(term, termsName, i - 1);
      sum = addStandard(sum, term);
    }
    return sum;
  };

  // 1. Logits.
  for (size_t j = 0; j < H; j++) sink.emit(in.combinedWeights[j], "combinedWeights", j);
  const U256 weightSum = multiplyByFeatures(in.combinedWeights, [&](const U256& term, size_t j) { sink.emit(term, "weightTerms", j); });
  sink.require(isEqual(weightSum, combine(in.logits, C, "logits", "logitTerms")), "logits");

  // 2. Scores.
  U256 deltaSum{{0, 0, 0, 0}};
  for (size_t k = 0; k < C; k++) {
    const std::vector<U256>& combined = in.combinedVectors[k];
    for (size_t j = 0; j < H; j++) sink.emit(combined[j], "combinedVectors", k, j);
    const U256 vectorSum = multiplyByFeatures(combined, [&](const U256& term, size_t j) { sink.emit(term, "vectorTerms", k, j); });
    const U256 deltaTerm = multiplyStandard(vectorSum, scalarOf(in.delta[k]));
    sink.emit(in.delta[k], "delta", k);
    sink.emit(deltaTerm, "deltaTerms", k);
    deltaSum = addStandard(deltaSum, deltaTerm);
  }
  sink.require(isEqual(deltaSum, combine(in.rawScores, K, "rawScores", "scoreTerms")), "rawScores");
}

}  // namespace poa::witness
