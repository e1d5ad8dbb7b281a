#pragma once

#include "requireField.h"

namespace poa {

/** The wires of a circuit as integers below r, where they lie in a .wtns file (iden3, version 2). Values at or above r are refused. */
struct Witness {
  Bytes values;
  uint32_t count = 0;

  U256 operator[](size_t wire) const {
    U256 value;
    std::memcpy(&value, values.begin + 32 * wire, 32);
    return value;
  }
};

/** Throws Error WITNESS_MALFORMED. The bytes must outlive the result. */
inline Witness readWitness(Bytes file) {
  constexpr const char* code = "WITNESS_MALFORMED";
  const BinaryFile sections(file, "wtns", 2, code);
  ByteReader header = sections.section(1, "the header");
  requireField(header, ScalarModulus::modulus, "the witness's field");
  Witness witness;
  witness.count = header.u32();
  header.expectEnd();
  witness.values = sections.records(2, "the list of values", witness.count, 32);
  if (witness.count == 0 || !isEqual(witness[0], U256{{1, 0, 0, 0}})) throw Error(code, "wire 0 is not the constant 1");
  for (uint32_t wire = 0; wire < witness.count; wire++)
    if (!isLess(witness[wire], ScalarModulus::modulus)) throw Error(code, "wire " + std::to_string(wire) + " is not below the field's order");
  return witness;
}

}  // namespace poa
