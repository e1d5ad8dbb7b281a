#pragma once

#include "U256.h"

namespace poa {

/** c0 + c1 u, as it lies in memory. */
struct Fq2Element {
  U256 c0, c1;
};

/** Base[u] / (u^2 + 1), the field of G2's coordinates, lane by lane over any field type (-1 is no square modulo q). */
template <class Base>
struct QuadraticField {
  static constexpr unsigned lanes = Base::lanes;
  using Mask = typename Base::Mask;
  using Element = Fq2Element;

  Base c0, c1;

  static QuadraticField zero() { return {Base::zero(), Base::zero()}; }
  static QuadraticField one() { return {Base::one(), Base::zero()}; }

  static QuadraticField load(const Element* from) {
    const Element* each[lanes];
    for (unsigned i = 0; i < lanes; i++) each[i] = from + i;
    return gather(each);
  }
  static QuadraticField gather(const Element* const* from) {
    const U256 *c0[lanes], *c1[lanes];
    for (unsigned i = 0; i < lanes; i++) {
      c0[i] = &from[i]->c0;
      c1[i] = &from[i]->c1;
    }
    return {Base::gather(c0), Base::gather(c1)};
  }
  static QuadraticField broadcast(const Element& element) { return {Base::broadcast(element.c0), Base::broadcast(element.c1)}; }
  void store(Element* to) const {
    Element* each[lanes];
    for (unsigned i = 0; i < lanes; i++) each[i] = to + i;
    scatter(each);
  }
  void scatter(Element* const* to) const {
    U256 *to0[lanes], *to1[lanes];
    for (unsigned i = 0; i < lanes; i++) {
      to0[i] = &to[i]->c0;
      to1[i] = &to[i]->c1;
    }
    c0.scatter(to0);
    c1.scatter(to1);
  }

  static Element fromStandard(const Element& integers) { return {Base::fromStandard(integers.c0), Base::fromStandard(integers.c1)}; }
  static Element toStandard(const Element& element) { return {Base::toStandard(element.c0), Base::toStandard(element.c1)}; }
  static Element fromFile(const Element& montgomery256) { return {Base::fromFile(montgomery256.c0), Base::fromFile(montgomery256.c1)}; }
  static Element toFile(const Element& element) { return {Base::toFile(element.c0), Base::toFile(element.c1)}; }

  friend QuadraticField operator+(const QuadraticField& a, const QuadraticField& b) { return {a.c0 + b.c0, a.c1 + b.c1}; }
  friend QuadraticField operator-(const QuadraticField& a, const QuadraticField& b) { return {a.c0 - b.c0, a.c1 - b.c1}; }
  QuadraticField operator-() const { return {-c0, -c1}; }
  QuadraticField twice() const { return {c0.twice(), c1.twice()}; }

  /** Karatsuba: three multiplications. */
  friend QuadraticField operator*(const QuadraticField& a, const QuadraticField& b) {
    const Base low = a.c0 * b.c0, high = a.c1 * b.c1;
    return {low - high, (a.c0 + a.c1) * (b.c0 + b.c1) - (low + high)};
  }
  QuadraticField square() const { return {(c0 + c1) * (c0 - c1), (c0 * c1).twice()}; }

  Mask isZero() const { return c0.isZero() & c1.isZero(); }
  Mask isEqual(const QuadraticField& other) const { return c0.isEqual(other.c0) & c1.isEqual(other.c1); }
  static QuadraticField select(Mask mask, const QuadraticField& a, const QuadraticField& b) {
    return {Base::select(mask, a.c0, b.c0), Base::select(mask, a.c1, b.c1)};
  }

  /** The inverse in each lane, zero for zero: the conjugate over the norm. */
  QuadraticField inverse() const {
    const Base inverseNorm = (c0.square() + c1.square()).inverse();
    return {c0 * inverseNorm, -(c1 * inverseNorm)};
  }
};

}  // namespace poa
