#pragma once

#include "../field/QuadraticField.h"
#include "../field/fields.h"

namespace poa {

/**
 * A point as it lies in memory: coordinates in the build's Montgomery form; the point at infinity is all zero bytes, as in .zkey files.
 * Aligned to cache lines: a point of G1 that straddled two would cost two misses.
 */
template <class Element>
struct alignas(64) AffinePoint {
  Element x, y;
};
using G1Point = AffinePoint<U256>;
using G2Point = AffinePoint<Fq2Element>;

/** The curve y^2 = x^3 + 3 over Fq. Its order is prime, so no point has y = 0. */
struct G1 {
  using Field = Fq;
  using Element = U256;
  using Point = G1Point;
};

/** The twist y^2 = x^3 + 3 / (9 + u) over Fq2. Its order r (2q - r) is odd, so no point has y = 0 either. */
struct G2 {
  using Field = QuadraticField<Fq>;
  using Element = Fq2Element;
  using Point = G2Point;
};

/** Affine points in registers, one a lane; infinity has both coordinates zero. */
template <class Group>
struct AffinePoints {
  using Field = typename Group::Field;
  using Point = typename Group::Point;

  Field x, y;

  static AffinePoints gather(const Point* const* from) {
    const typename Group::Element *xs[Field::lanes], *ys[Field::lanes];
    for (unsigned i = 0; i < Field::lanes; i++) {
      xs[i] = &from[i]->x;
      ys[i] = &from[i]->y;
    }
    return {Field::gather(xs), Field::gather(ys)};
  }
  void scatter(Point* const* to) const {
    typename Group::Element *xs[Field::lanes], *ys[Field::lanes];
    for (unsigned i = 0; i < Field::lanes; i++) {
      xs[i] = &to[i]->x;
      ys[i] = &to[i]->y;
    }
    x.scatter(xs);
    y.scatter(ys);
  }

  /** Which lanes are infinity: no point of either curve has y = 0. */
  typename Field::Mask isInfinity() const { return y.isZero(); }
  static AffinePoints select(typename Field::Mask mask, const AffinePoints& a, const AffinePoints& b) {
    return {Field::select(mask, a.x, b.x), Field::select(mask, a.y, b.y)};
  }
};

}  // namespace poa
