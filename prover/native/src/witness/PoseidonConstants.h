#pragma once

#include <utility>
#include <vector>

#include "../errors.h"
#include "values.h"

namespace poa::witness {

/** Poseidon's constants for widths 2 .. 17, in circomlib's optimised form (poseidon_constants.circom, poseidon_constants_opt.json of circomlibjs). */
class PoseidonConstants {
 public:
  static constexpr unsigned widest = 17;
  static constexpr unsigned fullRounds = 8;

  struct Width {
    unsigned partialRounds;
    /** Round constants, sparse rows and columns of the partial rounds, mixing matrix, matrix before the partial rounds; matrices row by row. */
    std::vector<Scalar> C, S, M, P;
  };

  /** @param integers C, S, M and P of width 2, then of width 3 ... Throws Error ARGUMENT_INVALID when they are not as many as expected. */
  explicit PoseidonConstants(const std::vector<U256>& integers) {
    // Table 2 of the Poseidon paper (ePrint 2019/458), rounded up as circomlib does.
    constexpr unsigned partialRounds[] = {56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68};
    size_t at = 0;
    for (unsigned t = 2; t <= widest; t++) {
      Width width{partialRounds[t - 2], {}, {}, {}, {}};
      const size_t square = static_cast<size_t>(t) * t;
      const size_t roundConstants = size_t{fullRounds} * t + width.partialRounds, sparse = size_t{width.partialRounds} * (2 * t - 1);
      for (auto [list, size] :
           {std::pair(&width.C, roundConstants), std::pair(&width.S, sparse), std::pair(&width.M, square), std::pair(&width.P, square)}) {
        if (size > integers.size() - at) throw Error("ARGUMENT_INVALID", "there are too few constants of Poseidon");
        for (size_t i = 0; i < size; i++, at++) {
          if (!isLess(integers[at], ScalarModulus::modulus)) throw Error("ARGUMENT_INVALID", "a constant of Poseidon is not below the field's order");
          list->push_back(scalarOf(integers[at]));
        }
      }
      widths.push_back(std::move(width));
    }
    if (at != integers.size()) throw Error("ARGUMENT_INVALID", "there are too many constants of Poseidon");
  }

  const Width& width(unsigned t) const { return widths[t - 2]; }

 private:
  std::vector<Width> widths;
};

}  // namespace poa::witness
