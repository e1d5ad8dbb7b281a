#pragma once

#include "../circomlib/Num2Bits.h"

namespace poa::witness {

/** Requires 0 <= in < 2^bits. */
template <class Sink, class Integer>
void unsignedRange(Sink& sink, unsigned bits, const Integer& in) {
  sink.emit(in, "in");
  const auto decomposition = sink.component("decomposition");
  num2Bits(sink, bits, in);
}

}  // namespace poa::witness
