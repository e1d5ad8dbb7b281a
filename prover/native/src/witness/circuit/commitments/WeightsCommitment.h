#pragma once

#include "../hashing/PackWords.h"
#include "../hashing/TaggedHash.h"
#include "../range/SignedRange.h"

namespace poa::witness {

/** @param weights C x H, row by row */
template <class Sink>
Scalar weightsCommitment(Sink& sink, const Hashing& hashing, const U256* weights) {
  constexpr unsigned bits = 16;
  const size_t C = hashing.shape.classes, H = hashing.shape.features;
  std::vector<int64_t> shifted;
  for (size_t k = 0; k < C; k++)
    for (size_t j = 0; j < H; j++) {
      const U256& weight = weights[k * H + j];
      sink.emit(weight, "weights", k, j);
      const auto range = sink.component("range", k, j);
      shifted.push_back(signedRange(sink, bits, weight));
    }
  const auto words = [&] {
    const auto packed = sink.component("packed");
    return packWords(sink, bits, shifted);
  }();
  const auto out = [&] {
    const auto hash = sink.component("hash");
    return taggedHash(sink, hashing, HashTag::weights, words);
  }();
  sink.emit(out, "commitment");
  return out;
}

}  // namespace poa::witness
