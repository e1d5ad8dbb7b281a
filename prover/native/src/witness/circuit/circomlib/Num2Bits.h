#pragma once

#include "../../sinks.h"

namespace poa::witness {

/** circomlib/bitify.circom. Requires 0 <= in < 2^bits. */
template <class Sink, class Integer>
void num2Bits(Sink& sink, unsigned bits, const Integer& in) {
  sink.require(fitsUnsigned(in, bits), "in");
  sink.emit(in, "in");
  for (unsigned i = 0; i < bits; i++) sink.emit(bitOf(in, i), "out", i);
}

}  // namespace poa::witness
