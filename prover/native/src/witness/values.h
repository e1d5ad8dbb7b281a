#pragma once

#include "../field/MontgomeryField.h"

namespace poa::witness {

/**
 * What signals hold while a witness is filled: a machine integer where its width is known, a `Scalar` where Poseidon works on it, and otherwise a
 * U256 in standard form, an integer below r, as files have it. One lane is used in every build: most values are bits, and hashes are chains.
 */
using Scalar = MontgomeryField<ScalarModulus>;
using Wide = __int128;
using UnsignedWide = unsigned __int128;

/** Standard form of any value; a negative integer -x becomes r - x. */
inline U256 standardForm(const U256& value) { return value; }
inline U256 standardForm(const Scalar& value) { return Scalar::toStandard(value.value); }
template <class Integer>
U256 standardForm(Integer value) {
  const bool isNegative = static_cast<Integer>(-1) < Integer{0} && value < Integer{0};
  UnsignedWide magnitude = static_cast<UnsignedWide>(value);
  if (isNegative) magnitude = 0 - magnitude;
  const U256 result{{static_cast<uint64_t>(magnitude), static_cast<uint64_t>(magnitude >> 64), 0, 0}};
  uint64_t ignored;
  return isNegative ? subtract(ScalarModulus::modulus, result, ignored) : result;
}

template <class Value>
Scalar scalarOf(const Value& value) {
  return {Scalar::fromStandard(standardForm(value))};
}
inline Scalar scalarOf(const Scalar& value) { return value; }

/** a b in standard form: the factor 2^256 of Montgomery's form cancels out. */
inline U256 multiplyStandard(const U256& a, const Scalar& b) { return (Scalar{a} * b).value; }
/** a + b in standard form; addition does not care for the form. */
inline U256 addStandard(const U256& a, const U256& b) { return (Scalar{a} + Scalar{b}).value; }

template <class Integer>
uint64_t bitOf(Integer value, unsigned i) {
  return static_cast<uint64_t>(value >> i) & 1;
}
inline uint64_t bitOf(const U256& value, unsigned i) { return value.words[i / 64] >> (i % 64) & 1; }

/** Whether 0 <= value < 2^bits. */
template <class Integer>
bool fitsUnsigned(Integer value, unsigned bits) {
  return value >> bits == 0;
}
inline bool fitsUnsigned(const U256& value, unsigned bits) {
  if (bits >= 256) return true;
  uint64_t beyond = value.words[bits / 64] >> (bits % 64);
  for (unsigned i = bits / 64 + 1; i < 4; i++) beyond |= value.words[i];
  return beyond == 0;
}

/** Reads x or r - x as x or -x, for x below 2^bits, bits <= 62. Returns whether there is such an x. */
inline bool readSigned(const U256& value, unsigned bits, int64_t& result) {
  uint64_t ignored;
  const U256 negated = subtract(ScalarModulus::modulus, value, ignored);
  const bool isPositive = fitsUnsigned(value, bits), isNegative = fitsUnsigned(negated, bits);
  result = isPositive ? static_cast<int64_t>(value.words[0]) : isNegative ? -static_cast<int64_t>(negated.words[0]) : 0;
  return isPositive || isNegative;
}

}  // namespace poa::witness
