#pragma once

#include <cstdint>

namespace poa {

/**
 * Two values of a field type side by side. Where every step waits for the one before it, as in a chain of doublings, the second value is worked on
 * while the first one's multiplications are under way; a processor looks too few instructions ahead to find such work by itself.
 */
template <class Base>
struct PairedField {
  static constexpr unsigned lanes = 2 * Base::lanes;
  using Mask = uint32_t;
  using Element = typename Base::Element;

  Base low, high;

  static PairedField zero() { return {Base::zero(), Base::zero()}; }
  static PairedField one() { return {Base::one(), Base::one()}; }
  static PairedField gather(const Element* const* from) { return {Base::gather(from), Base::gather(from + Base::lanes)}; }
  static PairedField broadcast(const Element& element) { return {Base::broadcast(element), Base::broadcast(element)}; }
  void scatter(Element* const* to) const {
    low.scatter(to);
    high.scatter(to + Base::lanes);
  }

  friend PairedField operator+(const PairedField& a, const PairedField& b) { return {a.low + b.low, a.high + b.high}; }
  friend PairedField operator-(const PairedField& a, const PairedField& b) { return {a.low - b.low, a.high - b.high}; }
  friend PairedField operator*(const PairedField& a, const PairedField& b) { return {a.low * b.low, a.high * b.high}; }
  PairedField operator-() const { return {-low, -high}; }
  PairedField square() const { return {low.square(), high.square()}; }
  PairedField twice() const { return {low.twice(), high.twice()}; }

  Mask isZero() const { return join(low.isZero(), high.isZero()); }
  static PairedField select(Mask mask, const PairedField& a, const PairedField& b) {
    return {Base::select(static_cast<BaseMask>(mask & baseMask), a.low, b.low),
            Base::select(static_cast<BaseMask>(mask >> Base::lanes & baseMask), a.high, b.high)};
  }
  /** The inverse in each lane, zero for zero. */
  PairedField inverse() const { return {low.inverse(), high.inverse()}; }

 private:
  using BaseMask = typename Base::Mask;
  static constexpr Mask baseMask = (Mask{1} << Base::lanes) - 1;
  static Mask join(BaseMask low, BaseMask high) { return low | static_cast<Mask>(high) << Base::lanes; }
};

}  // namespace poa
