#pragma once

#include "../../../errors.h"
#include "../../values.h"

namespace poa::witness {

/** B, K, C and H of AttributionBatch, and the widths in bits that follow. */
struct Shape {
  unsigned traces, contributors, classes, features;
  unsigned logitBits, scoreBits, totalBits;
};

/** Smallest n with value <= 2^n. */
inline unsigned bitsFor(UnsignedWide value) {
  unsigned bits = 0;
  while (static_cast<UnsignedWide>(1) << bits < value) bits++;
  return bits;
}

/**
 * circuits/batch/Widths.circom. Throws Error ARGUMENT_INVALID for shapes that no circuit has, or whose values would not fit machine integers here.
 */
inline Shape shapeOf(unsigned traces, unsigned contributors, unsigned classes, unsigned features) {
  constexpr unsigned largest = 1 << 20;
  if (traces < 1 || contributors < 1 || classes < 2 || features < 2)
    throw Error("ARGUMENT_INVALID", "a shape has at least 1 trace, 1 contributor, 2 classes and 2 features");
  if (traces > largest || contributors > largest || classes > largest || features > largest ||
      static_cast<UnsignedWide>(classes) * features * (static_cast<UnsignedWide>(contributors) + traces) > 1 << 24)
    throw Error("ARGUMENT_INVALID", "the shape is too large");
  Shape shape{traces, contributors, classes, features, 0, 0, 0};
  shape.logitBits = bitsFor((static_cast<UnsignedWide>(1) << 23) * features);
  shape.scoreBits = bitsFor(static_cast<UnsignedWide>(510) * (classes - 1) * (1 << 14) * features + 1);
  // Raw scores and logits are int64 here; the circuit itself allows totals of 92 bits.
  if (shape.scoreBits > 60) throw Error("ARGUMENT_INVALID", "the shape's scores are too wide");
  shape.totalBits = bitsFor(static_cast<UnsignedWide>(contributors) * ((1 << 16) - 1) * ((static_cast<UnsignedWide>(1) << shape.scoreBits) - 1) + 1);
  if (160 + shape.totalBits > 252) throw Error("ARGUMENT_INVALID", "the shape's totals are too wide");
  return shape;
}

}  // namespace poa::witness
