#pragma once

#include "../circomlib/Num2Bits.h"

namespace poa::witness {

/** Requires -2^(bits-1) <= in < 2^(bits-1), where `bits` is below Integer's own width. Returns in + 2^(bits-1). */
template <class Sink, class Integer>
Integer signedRange(Sink& sink, unsigned bits, Integer in) {
  const Integer shifted = in + (Integer{1} << (bits - 1));
  sink.emit(in, "in");
  sink.emit(shifted, "shifted");
  {
    const auto decomposition = sink.component("decomposition");
    num2Bits(sink, bits, shifted);
  }
  sink.emit(bitOf(shifted, bits - 1), "nonNegative");
  return shifted;
}

/** The same for a field element, bits <= 62. */
template <class Sink>
int64_t signedRange(Sink& sink, unsigned bits, const U256& in) {
  int64_t integer;
  sink.require(readSigned(in, bits, integer), "in");
  return signedRange(sink, bits, integer);
}

}  // namespace poa::witness
