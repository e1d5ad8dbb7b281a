#pragma once

#include "../commitments/InputCommitment.h"
#include "../commitments/OutputCommitment.h"
#include "MarginGradient.h"
#include "OneHotLabel.h"
#include "PoolRate.h"
#include "ScoreTotal.h"

namespace poa::witness {

struct SlotInputs {
  const U256 *scales, *active, *features, *inputSalt, *label, *outputSalt, *pool, *logits, *rawScores;
};

/** The slot's outputs. */
struct Slot {
  U256 inputEntry, outputEntry;
  Margin margin;
  std::vector<int64_t> packableScores;
  std::vector<U256> earnings;
};

template <class Sink>
Slot traceSlot(Sink& sink, const Hashing& hashing, const SlotInputs& in) {
  const Shape& shape = hashing.shape;
  const size_t K = shape.contributors, C = shape.classes, H = shape.features;
  for (size_t c = 0; c < K; c++) sink.emit(in.scales[c], "scales", c);
  for (size_t j = 0; j < H; j++) sink.emit(in.features[j], "features", j);
  for (size_t k = 0; k < C; k++) sink.emit(in.logits[k], "logits", k);
  sink.emit(*in.active, "active");
  sink.emit(*in.inputSalt, "inputSalt");
  sink.emit(*in.label, "label");
  sink.emit(*in.outputSalt, "outputSalt");
  sink.emit(*in.pool, "pool");

  // 1. The slot is in use or holds nothing.
  const bool isActive = !isZero(*in.active);
  sink.require(fitsUnsigned(*in.active, 1), "active");
  sink.require(isActive || isZero(*in.pool), "pool");

  // 2. Commitments.
  Slot slot{};
  const Scalar inputHash = [&] {
    const auto component = sink.component("input_");
    return inputCommitment(sink, hashing, in.features, *in.inputSalt);
  }();
  const Scalar outputHash = [&] {
    const auto component = sink.component("output_");
    return outputCommitment(sink, hashing, *in.label, *in.outputSalt);
  }();
  if (isActive) {
    slot.inputEntry = standardForm(inputHash);
    slot.outputEntry = standardForm(outputHash);
  }
  sink.emit(slot.inputEntry, "inputEntry");
  sink.emit(slot.outputEntry, "outputEntry");

  // 3. The label is the argmax; the gradient of its margin. The runner-up is below 2^(logitBits-1) in magnitude, and distances from it are below
  //    2^logitBits, so no other logits have a witness.
  const size_t label = [&] {
    const auto oneHot = sink.component("oneHot");
    return oneHotLabel(sink, C, *in.label);
  }();
  std::vector<int64_t> logits(C);
  for (size_t k = 0; k < C; k++) sink.require(readSigned(in.logits[k], shape.logitBits + 1, logits[k]), "logits");
  {
    const auto margin = sink.component("margin");
    slot.margin = marginGradient(sink, shape.logitBits, logits, label);
  }
  for (size_t k = 0; k < C; k++) sink.emit(slot.margin.delta[k], "delta", k);
  for (size_t k = 0; k <= C; k++) sink.emit(slot.margin.packable[k], "packableLogits", k);

  // 4. Scores.
  std::vector<Wide> scores(K);
  std::vector<bool> nonNegative(K);
  for (size_t c = 0; c < K; c++) {
    sink.emit(in.rawScores[c], "rawScores", c);
    {
      const auto rawRange = sink.component("rawRange", c);
      slot.packableScores.push_back(signedRange(sink, shape.scoreBits + 1, in.rawScores[c]));
    }
    const int64_t rawScore = slot.packableScores[c] - (int64_t{1} << shape.scoreBits);
    nonNegative[c] = rawScore >= 0;
    // Below 2^16 in every index that IndexCommitment accepts; what it does not accept fails there.
    scores[c] = static_cast<Wide>(in.scales[c].words[0] & 0xffff) * rawScore;
    sink.emit(slot.packableScores[c], "packableScores", c);
    sink.emit(scores[c], "scores", c);
  }
  const Wide total = [&] {
    const auto component = sink.component("scoreTotal");
    return scoreTotal(sink, shape.totalBits, scores, nonNegative);
  }();

  // 5. Earnings.
  const U256 rate = [&] {
    const auto component = sink.component("poolRate");
    return poolRate(sink, shape.totalBits, *in.pool, total);
  }();
  const Scalar rateFactor = scalarOf(rate);
  for (size_t c = 0; c < K; c++) {
    slot.earnings.push_back(multiplyStandard(standardForm(scores[c]), rateFactor));
    sink.emit(slot.earnings[c], "earnings", c);
  }
  return slot;
}

}  // namespace poa::witness
