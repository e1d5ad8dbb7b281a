#pragma once

#include <algorithm>

#include "../Inputs.h"
#include "batch/PolynomialEvaluation.h"
#include "batch/ProductCheck.h"
#include "batch/RandomCombination.h"
#include "commitments/ContributorVector.h"
#include "commitments/IndexCommitment.h"
#include "commitments/WeightsCommitment.h"
#include "trace/TraceSlot.h"

namespace poa::witness {

/** The main component's own input signals. */
template <class Sink>
void emitInputs(Sink& sink, const Shape& shape, const Inputs& in) {
  const size_t B = shape.traces, K = shape.contributors, C = shape.classes, H = shape.features;
  const auto emitAll = [&](const U256* values, size_t count, const char* name) {
    for (size_t i = 0; i < count; i++) sink.emit(values[i], name, i);
  };
  const auto emitRows = [&](const U256* values, size_t rows, size_t width, const char* name) {
    for (size_t i = 0; i < rows * width; i++) sink.emit(values[i], name, i / width, i % width);
  };
  sink.emit(*in.weightsCommitment, "weightsCommitment");
  sink.emit(*in.indexCommitment, "indexCommitment");
  sink.emit(*in.challenge, "challenge");
  sink.emit(*in.context, "context");
  sink.emit(*in.batchSalt, "batchSalt");
  emitRows(in.weights, C, H, "weights");
  for (size_t i = 0; i < K * C * H; i++) sink.emit(in.vectors[i], "vectors", i / (C * H), i / H % C, i % H);
  emitAll(in.scales, K, "scales");
  emitAll(in.active, B, "active");
  emitRows(in.features, B, H, "features");
  emitAll(in.inputSalts, B, "inputSalts");
  emitAll(in.labels, B, "labels");
  emitAll(in.outputSalts, B, "outputSalts");
  emitAll(in.pools, B, "pools");
  emitRows(in.logits, B, C, "logits");
  emitRows(in.rawScores, B, K, "rawScores");
}

/**
 * All signals of circuits/AttributionBatch.circom. Throws Error WITNESS_FAILED when the inputs do not satisfy the circuit: what does not hold by the
 * way it is computed is checked, so the result satisfies every constraint.
 */
template <class Run>
void attributionBatch(Run& run, const Hashing& hashing, const Inputs& in) {
  const Shape& shape = hashing.shape;
  const size_t B = shape.traces, K = shape.contributors, C = shape.classes, H = shape.features;

  std::vector<int64_t> shiftedVectors(K * C * H);
  run.parts(K, [&](auto& sink, size_t c) {
    const auto indexHash = sink.component("indexHash");
    const auto vector = sink.component("vector", c);
    contributorVector(sink, C, H, in.vectors + c * C * H, shiftedVectors.data() + c * C * H);
  });

  std::vector<Slot> slots(B);
  run.parts(B, [&](auto& sink, size_t b) {
    const auto slot = sink.component("slot", b);
    slots[b] = traceSlot(sink, hashing,
                         {in.scales, in.active + b, in.features + b * H, in.inputSalts + b, in.labels + b, in.outputSalts + b, in.pools + b,
                          in.logits + b * C, in.rawScores + b * K});
  });

  // X: pools, commitments, earnings above 2^180.
  std::vector<U256> x(3 * B + K, U256{{0, 0, uint64_t{1} << 52, 0}});
  for (size_t b = 0; b < B; b++) {
    x[b] = in.pools[b];
    x[B + b] = slots[b].inputEntry;
    x[2 * B + b] = slots[b].outputEntry;
    for (size_t c = 0; c < K; c++) x[3 * B + c] = addStandard(x[3 * B + c], slots[b].earnings[c]);
  }

  // The two long hashes, of the index and of the transcript, are chains: one thread each.
  Scalar digest;
  const auto absorb = [&](auto& sink) {
    for (size_t i = 0; i < x.size(); i++) sink.emit(x[i], "x", i);
    std::vector<int64_t> packableLogits, packableScores;
    for (const Slot& slot : slots) {
      packableLogits.insert(packableLogits.end(), slot.margin.packable.begin(), slot.margin.packable.end());
      packableScores.insert(packableScores.end(), slot.packableScores.begin(), slot.packableScores.end());
    }
    std::vector<U256> words{*in.context, *in.weightsCommitment, *in.indexCommitment};
    words.insert(words.end(), x.begin(), x.end());
    {
      const auto packedLogits = sink.component("packedLogits");
      for (const U256& word : packWords(sink, shape.logitBits, packableLogits)) words.push_back(word);
    }
    {
      const auto packedScores = sink.component("packedScores");
      for (const U256& word : packWords(sink, shape.scoreBits + 1, packableScores)) words.push_back(word);
    }
    words.push_back(*in.batchSalt);
    {
      const auto transcript = sink.component("transcript");
      digest = taggedHash(sink, hashing, HashTag::transcript, words);
    }
    sink.emit(digest, "digest");
  };
  const auto commit = [&](auto& sink) {
    const auto commitmentOf = [&](const char* name, const auto& compute) {
      const auto component = sink.component(name);
      return standardForm(compute());
    };
    const U256 index = commitmentOf("indexHash", [&] { return indexCommitment(sink, hashing, in.vectors, in.scales, shiftedVectors); });
    const U256 weights = commitmentOf("weightsHash", [&] { return weightsCommitment(sink, hashing, in.weights); });
    sink.require(isEqual(index, *in.indexCommitment), "indexCommitment");
    sink.require(isEqual(weights, *in.weightsCommitment), "weightsCommitment");
  };
  run.parts(2, [&](auto& sink, size_t i) { i == 0 ? commit(sink) : absorb(sink); });

  std::vector<Scalar> powers(std::max(K, C), Scalar::one());
  run.parts(1, [&](auto& sink, size_t) {
    emitInputs(sink, shape, in);
    const Scalar rho = [&] {
      const auto component = sink.component("rho");
      return taggedHash(sink, hashing, HashTag::challenge, {standardForm(digest)});
    }();
    for (size_t i = 0; i < powers.size(); i++) {
      if (i > 0) powers[i] = powers[i - 1] * rho;
      sink.emit(powers[i], "powers", i);
    }
    const U256 evaluation = [&] {
      const auto polynomial = sink.component("polynomial");
      return polynomialEvaluation(sink, x, *in.challenge);
    }();
    sink.emit(evaluation, "evaluation");
  });

  std::vector<U256> combinedWeights;
  std::vector<std::vector<U256>> combinedVectors(C);
  run.parts(C + 1, [&](auto& sink, size_t k) {
    if (k < C) {
      const auto component = sink.component("combinedVectors", k);
      combinedVectors[k] = randomCombination(sink, K, H, powers, [&](size_t c) { return in.vectors + (c * C + k) * H; });
    } else {
      const auto component = sink.component("combinedWeights");
      combinedWeights = randomCombination(sink, C, H, powers, [&](size_t row) { return in.weights + row * H; });
    }
  });
  run.parts(B, [&](auto& sink, size_t b) {
    const auto product = sink.component("product", b);
    productCheck(sink, shape,
                 {in.features + b * H, slots[b].margin.delta, in.logits + b * C, in.rawScores + b * K, powers, combinedWeights, combinedVectors});
  });
}

}  // namespace poa::witness
