#pragma once

#include "requireField.h"

namespace poa {

/** The matrix C of a rank-1 constraint system: the terms of row i are rowStarts[i] .. rowStarts[i + 1]. */
struct OutputMatrix {
  uint32_t wires = 0, constraints = 0, publicSignals = 0;
  std::vector<uint64_t> rowStarts;
  struct Term {
    uint32_t wire;
    /** Below r, in standard form. */
    U256 coefficient;
  };
  std::vector<Term> terms;
};

/** Reads C from an .r1cs file (iden3, version 1); A and B, which the .zkey has, are passed over. Throws Error R1CS_MALFORMED. */
inline OutputMatrix readOutputMatrix(Bytes file) {
  constexpr const char* code = "R1CS_MALFORMED";
  const BinaryFile sections(file, "r1cs", 1, code);
  ByteReader header = sections.section(1, "the header");
  requireField(header, ScalarModulus::modulus, "the circuit's field");
  OutputMatrix matrix;
  matrix.wires = header.u32();
  const uint64_t outputs = header.u32(), publicInputs = header.u32();
  header.u32();  // private inputs
  header.u64();  // labels
  matrix.constraints = header.u32();
  header.expectEnd();
  if (outputs + publicInputs >= matrix.wires) header.fail("there are more public signals than wires");
  matrix.publicSignals = static_cast<uint32_t>(outputs + publicInputs);

  ByteReader body = sections.section(2, "the list of constraints");
  // Each constraint takes 12 bytes or more: a lying count must not make us reserve memory.
  if (matrix.constraints > body.left() / 12) body.fail("the list of constraints is too short for their number");
  constexpr uint64_t termBytes = 36;
  matrix.rowStarts.reserve(matrix.constraints + 1);
  matrix.rowStarts.push_back(0);
  for (uint32_t row = 0; row < matrix.constraints; row++) {
    for (int skipped = 0; skipped < 2; skipped++) {
      const uint64_t count = body.u32();
      body.take(count * termBytes);
    }
    const uint32_t count = body.u32();
    for (uint32_t i = 0; i < count; i++) {
      OutputMatrix::Term term;
      term.wire = body.u32();
      std::memcpy(&term.coefficient, body.take(32).begin, 32);
      if (term.wire >= matrix.wires) body.fail("row " + std::to_string(row) + " names wire " + std::to_string(term.wire));
      if (!isLess(term.coefficient, ScalarModulus::modulus))
        body.fail("row " + std::to_string(row) + " has a coefficient that is not below the field's order");
      matrix.terms.push_back(term);
    }
    matrix.rowStarts.push_back(matrix.terms.size());
  }
  body.expectEnd();
  return matrix;
}

}  // namespace poa
