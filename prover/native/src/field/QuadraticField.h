#pragma once

#include "U256.h"
#include "inline.h"

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

  friend POA_INLINE QuadraticField operator*(const QuadraticField& a, const QuadraticField& b) {
    const Wide product = wideProduct(a, b);
    return {Base::reduceLess(product.c0, Base::zero()), Base::reduce(product.c1)};
  }
  POA_INLINE QuadraticField square() const {
    const Wide product = wideSquare();
    return {Base::reduce(product.c0), Base::reduce(product.c1)};
  }

  // ---- the same with fewer reductions: see IfmaField ------------------------------------------------------------
  static POA_INLINE QuadraticField factorDifference(const QuadraticField& a, const QuadraticField& b) {
    return {Base::factorDifference(a.c0, b.c0), Base::factorDifference(a.c1, b.c1)};
  }
  static POA_INLINE QuadraticField negateIn(Mask mask, const QuadraticField& a) { return {Base::negateIn(mask, a.c0), Base::negateIn(mask, a.c1)}; }
  /** a * b below 2.3 p, for use as a factor only; of factors below 4p whose product is. */
  static POA_INLINE QuadraticField factorProduct(const QuadraticField& a, const QuadraticField& b) {
    const Wide product = wideProduct(a, b);
    return {Base::reduceSigned(product.c0), Base::reduce(product.c1)};
  }

  struct Wide {
    typename Base::Wide c0, c1;
  };
  /** Karatsuba: three multiplications; and two reductions, where products that are reduced at once take three. c0 may be negative. */
  static POA_INLINE Wide wideProduct(const QuadraticField& a, const QuadraticField& b) {
    const auto low = Base::wideProduct(a.c0, b.c0), high = Base::wideProduct(a.c1, b.c1);
    return {low - high, Base::wideProduct(Base::factorSum(a.c0, a.c1), Base::factorSum(b.c0, b.c1)) - (low + high)};
  }
  POA_INLINE Wide wideSquare() const {
    const auto half = Base::wideProduct(c0, c1);
    return {Base::wideProduct(Base::factorSum(c0, c1), Base::factorDifference(c0, c1)), half + half};
  }
  static POA_INLINE QuadraticField reduceLess(const Wide& wide, const QuadraticField& a) {
    return {Base::reduceLess(wide.c0, a.c0), Base::reduceLess(wide.c1, a.c1)};
  }
  static POA_INLINE QuadraticField reduceLessBoth(const Wide& wide, const QuadraticField& a, const QuadraticField& b) {
    return {Base::reduceLessBoth(wide.c0, a.c0, b.c0), Base::reduceLessBoth(wide.c1, a.c1, b.c1)};
  }

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
