#pragma once

#include "../batch/Widths.h"
#include "../circomlib/PoseidonEx.h"

namespace poa::witness {

enum class HashTag : uint32_t { weights = 1, index = 2, input = 3, output = 4, transcript = 5, challenge = 6 };

/** What every hash needs: the constants, and the shape for the initial state. */
struct Hashing {
  const PoseidonConstants& constants;
  const Shape& shape;
};

/** Tag, version of the statement, length and shape, 32 bits each, the tag on top. */
inline U256 hashDomain(HashTag tag, size_t length, const Shape& shape) {
  const auto pair = [](uint64_t high, uint64_t low) { return high << 32 | low; };
  constexpr uint64_t version = 1;
  return {{pair(shape.classes, shape.features), pair(shape.traces, shape.contributors), pair(version, length), static_cast<uint64_t>(tag)}};
}

/** At least one word. */
template <class Sink>
Scalar taggedHash(Sink& sink, const Hashing& hashing, HashTag tag, const std::vector<U256>& words) {
  constexpr size_t blockWords = 16;
  Scalar state = scalarOf(hashDomain(tag, words.size(), hashing.shape));
  const size_t fullBlocks = (words.size() - 1) / blockWords;
  for (size_t i = 0; i < words.size(); i++) sink.emit(words[i], "words", i);
  for (size_t block = 0; block <= fullBlocks; block++) {
    const unsigned count = static_cast<unsigned>(block < fullBlocks ? blockWords : words.size() - blockWords * fullBlocks);
    Scalar inputs[blockWords];
    for (unsigned i = 0; i < count; i++) inputs[i] = scalarOf(words[blockWords * block + i]);
    const auto component = block < fullBlocks ? sink.component("full", block) : sink.component("last");
    state = poseidonEx(sink, hashing.constants, state, inputs, count);
  }
  sink.emit(state, "out");
  return state;
}

}  // namespace poa::witness
