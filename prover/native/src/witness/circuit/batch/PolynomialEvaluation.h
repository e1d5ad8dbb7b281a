#pragma once

#include <vector>

#include "../../sinks.h"

namespace poa::witness {

template <class Sink>
U256 polynomialEvaluation(Sink& sink, const std::vector<U256>& x, const U256& point) {
  const Scalar factor = scalarOf(point);
  U256 partial{{0, 0, 0, 0}};
  sink.emit(point, "point");
  for (size_t i = x.size(); i-- > 0;) {
    partial = multiplyStandard(addStandard(x[i], partial), factor);
    sink.emit(x[i], "x", i);
    sink.emit(partial, "partial", i);
  }
  sink.emit(partial, "evaluation");
  return partial;
}

}  // namespace poa::witness
