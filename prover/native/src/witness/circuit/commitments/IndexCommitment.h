#pragma once

#include "../hashing/PackWords.h"
#include "../hashing/TaggedHash.h"
#include "../range/UnsignedRange.h"

namespace poa::witness {

/**
 * All but the component's contributor vectors, which are parts of their own.
 * @param vectors K x C x H; shifted: the same as `contributorVector` made them
 */
template <class Sink>
Scalar indexCommitment(Sink& sink, const Hashing& hashing, const U256* vectors, const U256* scales, const std::vector<int64_t>& shifted) {
  const size_t K = hashing.shape.contributors, C = hashing.shape.classes, H = hashing.shape.features;
  for (size_t i = 0; i < K * C * H; i++) sink.emit(vectors[i], "vectors", i / (C * H), i / H % C, i % H);
  std::vector<U256> words = [&] {
    const auto packed = sink.component("packedVectors");
    return packWords(sink, 8, shifted);
  }();
  std::vector<int64_t> packable;
  for (size_t c = 0; c < K; c++) {
    sink.emit(scales[c], "scales", c);
    const auto range = sink.component("scaleRange", c);
    unsignedRange(sink, 16, scales[c]);
    packable.push_back(static_cast<int64_t>(scales[c].words[0]));
  }
  {
    const auto packed = sink.component("packedScales");
    for (const U256& word : packWords(sink, 16, packable)) words.push_back(word);
  }
  const Scalar out = [&] {
    const auto hash = sink.component("hash");
    return taggedHash(sink, hashing, HashTag::index, words);
  }();
  sink.emit(out, "commitment");
  return out;
}

}  // namespace poa::witness
