#pragma once

#include <vector>

#include "../../sinks.h"

namespace poa::witness {

constexpr size_t valuesPerWord(unsigned bits) { return 252 / bits; }
constexpr size_t wordCount(size_t count, unsigned bits) { return (count + valuesPerWord(bits) - 1) / valuesPerWord(bits); }

/** Each value is below 2^bits, bits <= 62. */
template <class Sink>
std::vector<U256> packWords(Sink& sink, unsigned bits, const std::vector<int64_t>& in) {
  std::vector<U256> words(wordCount(in.size(), bits), U256{{0, 0, 0, 0}});
  for (size_t i = 0; i < in.size(); i++) {
    const size_t position = bits * (i % valuesPerWord(bits)), word = position / 64, shift = position % 64;
    U256& packed = words[i / valuesPerWord(bits)];
    const uint64_t value = static_cast<uint64_t>(in[i]);
    packed.words[word] |= value << shift;
    if (shift + bits > 64) packed.words[word + 1] |= value >> (64 - shift);
    sink.emit(in[i], "in", i);
  }
  for (size_t i = 0; i < words.size(); i++) sink.emit(words[i], "words", i);
  return words;
}

}  // namespace poa::witness
