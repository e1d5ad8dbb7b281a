#pragma once

#include <utility>

#include "circuit/batch/Widths.h"

namespace poa::witness {

/** The input signals of AttributionBatch in the order of their declaration, arrays row by row: integers below r. */
struct Inputs {
  const U256 *weightsCommitment, *indexCommitment, *challenge, *context, *weights, *vectors, *scales, *active, *features, *inputSalts, *labels,
      *outputSalts, *pools, *batchSalt, *logits, *rawScores;

  static size_t count(const Shape& shape) { return Inputs(nullptr, shape).end; }

  Inputs(const U256* values, const Shape& shape) {
    const size_t B = shape.traces, K = shape.contributors, C = shape.classes, H = shape.features;
    for (auto [signal, size] : {std::pair(&weightsCommitment, size_t{1}), std::pair(&indexCommitment, size_t{1}), std::pair(&challenge, size_t{1}),
                                std::pair(&context, size_t{1}), std::pair(&weights, C * H), std::pair(&vectors, K * C * H), std::pair(&scales, K),
                                std::pair(&active, B), std::pair(&features, B * H), std::pair(&inputSalts, B), std::pair(&labels, B),
                                std::pair(&outputSalts, B), std::pair(&pools, B), std::pair(&batchSalt, size_t{1}), std::pair(&logits, B * C),
                                std::pair(&rawScores, B * K)}) {
      *signal = values + end;
      end += size;
    }
  }

 private:
  size_t end = 0;
};

}  // namespace poa::witness
