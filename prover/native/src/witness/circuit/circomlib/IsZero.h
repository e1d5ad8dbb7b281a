#pragma once

#include "../../sinks.h"

namespace poa::witness {

/** circomlib/comparators.circom. Returns whether `in` is 0. */
template <class Sink, class Integer>
bool isZeroSignal(Sink& sink, Integer in) {
  const bool isZero = in == 0;
  sink.emit(in, "in");
  sink.emit(isZero ? Scalar::zero() : scalarOf(in).inverse(), "inv");
  sink.emit(isZero, "out");
  return isZero;
}

}  // namespace poa::witness
