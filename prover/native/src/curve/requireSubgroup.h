#pragma once

#include <string>

#include "../ThreadPool.h"
#include "../errors.h"
#include "JacobianPoints.h"

namespace poa {

/**
 * Which lanes lie in the subgroup of order r, for points of the twist: those with (x + 1) P + psi(x P) + psi^2(x P) = psi^3(2 x P), where x is the
 * parameter of BN254 and psi the Frobenius map seen on the twist (Y. Dai et al., eprint 2022/348). A chain of 62 doublings instead of 254.
 */
inline G2::Field::Mask liesInSubgroup(const AffinePoints<G2>& points) {
  using Field = G2::Field;
  using Sum = JacobianPoints<G2>;
  constexpr uint64_t parameter = 4965661367192848881;
  // (9 + u)^((q - 1) / 3) and (9 + u)^((q - 1) / 2)
  const Field xFactor = Field::broadcast(Field::fromStandard({{{0x99e39557176f553d, 0xb78cc310c2c3330c, 0x4c0bec3cf559b143, 0x2fb347984f7911f7}},
                                                              {{0x1665d51c640fcba2, 0x32ae2a1d0b7c9dce, 0x4ba4cc8bd75a0794, 0x16c9e55061ebae20}}}));
  const Field yFactor = Field::broadcast(Field::fromStandard({{{0xdc54014671a0135a, 0xdbaae0eda9c95998, 0xdc5ec698b6e2f9b9, 0x063cf305489af5dc}},
                                                              {{0x82d37f632623b0e3, 0x21807dc98fa25bd2, 0x0704b5a7ec796f2b, 0x07c03cbcac41049a}}}));
  const auto conjugate = [](const Field& a) { return Field{a.c0, -a.c1}; };
  const auto psi = [&](const Sum& p) { return Sum{conjugate(p.x) * xFactor, conjugate(p.y) * yFactor, conjugate(p.z)}; };

  Sum multiple = Sum::fromAffine(points);
  for (int bit = 61; bit >= 0; bit--) {
    multiple = multiple.twice();
    if (parameter >> bit & 1) multiple = multiple + points;
  }
  const Sum once = psi(multiple), left = multiple + points + once + psi(once);
  return (left + -psi(psi(psi(multiple.twice())))).isInfinity();
}

/** Throws Error POINT_NOT_IN_SUBGROUP for the first point of a part that does not lie there. Points are trusted to lie on the curve. */
inline void requireSubgroup(const G2Point* points, size_t count, const char* name, ThreadPool& pool) {
  constexpr size_t lanes = G2::Field::lanes, most = 1024;
  pool.run((count + most - 1) / most, [&](size_t part) {
    static constexpr G2Point infinity{};
    for (size_t start = part * most; start < std::min(count, (part + 1) * most); start += lanes) {
      const G2Point* from[lanes];
      for (size_t lane = 0; lane < lanes; lane++) from[lane] = start + lane < count ? points + start + lane : &infinity;
      const auto inSubgroup = liesInSubgroup(AffinePoints<G2>::gather(from));
      for (size_t lane = 0; lane < lanes; lane++)
        if (!(inSubgroup >> lane & 1)) throw Error("POINT_NOT_IN_SUBGROUP", std::string(name) + ", point " + std::to_string(start + lane));
    }
  });
}

}  // namespace poa
