#pragma once

#include "../range/SignedRange.h"

namespace poa::witness {

/** One vector, C x H, row by row; its entries plus 128 go to `shifted`. */
template <class Sink>
void contributorVector(Sink& sink, size_t C, size_t H, const U256* vector, int64_t* shifted) {
  for (size_t k = 0; k < C; k++)
    for (size_t j = 0; j < H; j++) {
      const size_t i = k * H + j;
      sink.emit(vector[i], "vector", k, j);
      {
        const auto range = sink.component("range", k, j);
        shifted[i] = signedRange(sink, 8, vector[i]);
      }
      sink.emit(shifted[i], "shifted", i);
    }
}

}  // namespace poa::witness
