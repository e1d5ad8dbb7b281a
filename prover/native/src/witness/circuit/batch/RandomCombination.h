#pragma once

#include <vector>

#include "../../sinks.h"

namespace poa::witness {

/** @param row row(r) is the first of `width` values of row r, 0 <= r < count; powers at least as many. Returns sum_r powers[r] row(r). */
template <class Sink, class Row>
std::vector<U256> randomCombination(Sink& sink, size_t count, size_t width, const std::vector<Scalar>& powers, const Row& row) {
  std::vector<U256> out(row(0), row(0) + width);
  for (size_t r = 0; r < count; r++) {
    sink.emit(powers[r], "powers", r);
    for (size_t i = 0; i < width; i++) sink.emit(row(r)[i], "rows", r, i);
    if (r == 0) continue;
    for (size_t i = 0; i < width; i++) {
      const U256 term = multiplyStandard(row(r)[i], powers[r]);
      sink.emit(term, "terms", r - 1, i);
      out[i] = addStandard(out[i], term);
    }
  }
  for (size_t i = 0; i < width; i++) sink.emit(out[i], "out", i);
  return out;
}

}  // namespace poa::witness
