#pragma once

#include "U256.h"

namespace poa {

/**
 * The two fields of BN254 (alt_bn128, EIP-196): coordinates of points live modulo q, scalars modulo r. Both moduli lie just below 2^254.
 * `inverse` is -modulus^-1 mod 2^64; `one` is 2^256 and `square` is 2^512, both modulo the modulus.
 */
struct CoordinateModulus {
  static constexpr U256 modulus{{0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029}};
  static constexpr uint64_t inverse = 0x87d20782e4866389;
  static constexpr U256 one{{0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f}};
  static constexpr U256 square{{0xf32cfc5b538afa89, 0xb5e71911d44501fb, 0x47ab1eff0a417ff6, 0x06d89f71cab8351f}};
};

struct ScalarModulus {
  static constexpr U256 modulus{{0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029}};
  static constexpr uint64_t inverse = 0xc2e1f593efffffff;
  static constexpr U256 one{{0xac96341c4ffffffb, 0x36fc76959f60cd29, 0x666ea36f7879462e, 0x0e0a77c19a07df2f}};
  static constexpr U256 square{{0x1bb8e645ae216da7, 0x53fe3ab1e35c59e3, 0x8c49833d53bb8085, 0x0216d0b17f4e44a5}};
};

}  // namespace poa
