#pragma once

#include <cstdint>

namespace poa {

/** 256 bits as four words, the lowest first: how elements of both fields lie in memory and in files. */
struct U256 {
  uint64_t words[4];
};

constexpr bool isZero(const U256& a) { return (a.words[0] | a.words[1] | a.words[2] | a.words[3]) == 0; }

constexpr bool isEqual(const U256& a, const U256& b) {
  return ((a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1]) | (a.words[2] ^ b.words[2]) | (a.words[3] ^ b.words[3])) == 0;
}

constexpr bool isLess(const U256& a, const U256& b) {
  for (int i = 3; i > 0; i--)
    if (a.words[i] != b.words[i]) return a.words[i] < b.words[i];
  return a.words[0] < b.words[0];
}

/** a + b, and the bit that does not fit. */
constexpr U256 add(const U256& a, const U256& b, uint64_t& carry) {
  U256 sum{};
  unsigned __int128 running = 0;
  for (int i = 0; i < 4; i++) {
    running += static_cast<unsigned __int128>(a.words[i]) + b.words[i];
    sum.words[i] = static_cast<uint64_t>(running);
    running >>= 64;
  }
  carry = static_cast<uint64_t>(running);
  return sum;
}

/** a - b, and whether it went below zero. */
constexpr U256 subtract(const U256& a, const U256& b, uint64_t& borrow) {
  U256 difference{};
  uint64_t below = 0;
  for (int i = 0; i < 4; i++) {
    const unsigned __int128 running = static_cast<unsigned __int128>(a.words[i]) - b.words[i] - below;
    difference.words[i] = static_cast<uint64_t>(running);
    below = static_cast<uint64_t>(running >> 64) & 1;
  }
  borrow = below;
  return difference;
}

}  // namespace poa
