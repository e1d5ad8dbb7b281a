#pragma once

#include "../curve/AffinePoint.h"
#include "requireField.h"

namespace poa {

/**
 * A Groth16 proving key as snarkjs writes it (.zkey, protocol 1). Points and coefficients stay where they lie in the file, in its form: coordinates
 * times 2^256, coefficients times 2^512, infinity all zero.
 */
struct Zkey {
  uint32_t wires = 0, publicSignals = 0;
  /** log2 of the domain. */
  unsigned power = 0;
  G1Point alpha1, beta1, delta1;
  G2Point beta2, gamma2, delta2;
  /** Of all wires. */
  Bytes a, b1, b2;
  /** Of the wires that are not public. */
  Bytes c;
  /** Of the domain. */
  Bytes h;
  /** Terms of A (matrix 0) and B (matrix 1). */
  struct Coefficient {
    uint32_t matrix, row, wire;
    U256 value;
  };
  static constexpr uint64_t coefficientBytes = 44;
  Bytes coefficients;
  uint64_t coefficientCount = 0;

  Coefficient coefficient(uint64_t i) const {
    Coefficient result;
    const uint8_t* const from = coefficients.begin + i * coefficientBytes;
    std::memcpy(&result.matrix, from, 4);
    std::memcpy(&result.row, from + 4, 4);
    std::memcpy(&result.wire, from + 8, 4);
    std::memcpy(&result.value, from + 12, 32);
    return result;
  }
};

namespace zkey {

constexpr const char* errorCode = "ZKEY_MALFORMED";

template <class Point>
Point readPoint(ByteReader& reader) {
  Point point;
  std::memcpy(&point, reader.take(sizeof(Point)).begin, sizeof(Point));
  return point;
}

}  // namespace zkey

/** Reads the structure and checks every length, index and coefficient; points are checked when they are prepared. Throws Error ZKEY_MALFORMED. */
inline Zkey readZkey(Bytes file) {
  const BinaryFile sections(file, "zkey", 1, zkey::errorCode);
  ByteReader protocol = sections.section(1, "the protocol");
  if (protocol.u32() != 1) protocol.fail("the key is not for Groth16");

  ByteReader header = sections.section(2, "the header");
  requireField(header, CoordinateModulus::modulus, "the coordinate field");
  requireField(header, ScalarModulus::modulus, "the scalar field");
  Zkey key;
  key.wires = header.u32();
  key.publicSignals = header.u32();
  const uint32_t domain = header.u32();
  if (domain == 0 || (domain & (domain - 1)) != 0) header.fail("the domain is not a power of two");
  while ((uint32_t{1} << key.power) < domain) key.power++;
  if (key.power > 27) header.fail("the domain is larger than 2^27");
  if (key.publicSignals >= key.wires) header.fail("there are more public signals than wires");
  key.alpha1 = zkey::readPoint<G1Point>(header);
  key.beta1 = zkey::readPoint<G1Point>(header);
  key.beta2 = zkey::readPoint<G2Point>(header);
  key.gamma2 = zkey::readPoint<G2Point>(header);
  key.delta1 = zkey::readPoint<G1Point>(header);
  key.delta2 = zkey::readPoint<G2Point>(header);
  header.expectEnd();

  ByteReader matrices = sections.section(4, "the list of coefficients");
  key.coefficientCount = matrices.u32();
  key.coefficients = matrices.take(key.coefficientCount * Zkey::coefficientBytes);
  matrices.expectEnd();
  for (uint64_t i = 0; i < key.coefficientCount; i++) {
    const auto [matrix, row, wire, value] = key.coefficient(i);
    if (matrix > 1 || row >= domain || wire >= key.wires || !isLess(value, ScalarModulus::modulus))
      matrices.fail("coefficient " + std::to_string(i) + " is out of bounds");
  }
  key.a = sections.records(5, "the points of A", key.wires, sizeof(G1Point));
  key.b1 = sections.records(6, "the points of B in G1", key.wires, sizeof(G1Point));
  key.b2 = sections.records(7, "the points of B in G2", key.wires, sizeof(G2Point));
  key.c = sections.records(8, "the points of C", key.wires - key.publicSignals - 1, sizeof(G1Point));
  key.h = sections.records(9, "the points of H", domain, sizeof(G1Point));
  return key;
}

}  // namespace poa
