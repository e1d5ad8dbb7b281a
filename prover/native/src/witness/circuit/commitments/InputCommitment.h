#pragma once

#include "../hashing/PackWords.h"
#include "../hashing/TaggedHash.h"
#include "../range/SignedRange.h"

namespace poa::witness {

constexpr int64_t bias = 127;

/** @param features H of one trace */
template <class Sink>
Scalar inputCommitment(Sink& sink, const Hashing& hashing, const U256* features, const U256& salt) {
  const size_t H = hashing.shape.features;
  std::vector<int64_t> shifted;
  for (size_t j = 0; j < H; j++) sink.emit(features[j], "features", j);
  for (size_t j = 0; j + 1 < H; j++) {
    const auto range = sink.component("range", j);
    shifted.push_back(signedRange(sink, 8, features[j]));
  }
  sink.require(isEqual(features[H - 1], standardForm(bias)), "features");
  shifted.push_back(bias + (1 << 7));
  std::vector<U256> words = [&] {
    const auto packed = sink.component("packed");
    return packWords(sink, 8, shifted);
  }();
  words.push_back(salt);
  const Scalar out = [&] {
    const auto hash = sink.component("hash");
    return taggedHash(sink, hashing, HashTag::input, words);
  }();
  sink.emit(salt, "salt");
  sink.emit(out, "commitment");
  return out;
}

}  // namespace poa::witness
