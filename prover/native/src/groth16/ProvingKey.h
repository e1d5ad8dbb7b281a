#pragma once

#include "../files/PreparedFile.h"
#include "../msm/WindowSums.h"
#include "../ntt/NumberTheoreticTransform.h"
#include "SparseMatrix.h"

namespace poa {

/** Points of one query of a key, and which of them are not infinity. Both lie in the key's file. */
template <class Group>
struct Query {
  const typename Group::Point* points;
  const uint64_t* present;
  size_t count;

  MsmTable<Group> table() const { return {points, count}; }
};

constexpr PreparedKind provingKeyKind{"groth16 key", 1, "KEY_FILE_DAMAGED", "KEY_FILE_STALE"};

/**
 * The sections of a prepared key, as PreparedFile numbers them. A query has its points and then one bit a point; a matrix its groups, coefficients,
 * columns.
 */
enum KeySection : size_t { keyParameters = 0, queryA = 1, queryB1 = 3, queryB2 = 5, queryCAndH = 7, matrixA = 9, matrixB = 12, keySections = 15 };

struct KeyParameters {
  uint32_t wires, publicSignals, power, unused;
  G1Point alpha1, beta1, delta1;
  G2Point beta2, delta2;
};

/** A Groth16 proving key as this engine uses it: everything in the build's memory form, and the transform of C folded away (see prepareKey). */
struct ProvingKey : KeyParameters {
  std::unique_ptr<PreparedFile> file;
  SparseMatrix aMatrix, bMatrix;
  /** Of all wires. */
  Query<G1> a, b1;
  Query<G2> b2;
  /** C'_j of all wires, then H of the domain: one multiplication gives their sum. */
  Query<G1> cAndH;
  NumberTheoreticTransform<Fr> transform;
  NumberTheoreticTransform<Fr>::Coset oddCoset;

  /** A view of the file. Points are not checked again: the checksum stands for them. Throws Error KEY_FILE_DAMAGED. */
  explicit ProvingKey(std::unique_ptr<PreparedFile> opened)
      : KeyParameters(parametersOf(*opened)),
        file(std::move(opened)),
        aMatrix(matrix(matrixA)),
        bMatrix(matrix(matrixB)),
        a(query<G1>(queryA, wires)),
        b1(query<G1>(queryB1, wires)),
        b2(query<G2>(queryB2, wires)),
        cAndH(query<G1>(queryCAndH, wires + (size_t{1} << power))),
        transform(power),
        oddCoset(transform.oddCoset()) {}

 private:
  static const KeyParameters& parametersOf(const PreparedFile& file) {
    const KeyParameters& found = *file.section<KeyParameters>(keyParameters, 1);
    if (found.power > NumberTheoreticTransform<Fr>::maxPower || found.publicSignals >= found.wires) file.fail("its parameters are out of bounds");
    return found;
  }
  template <class Group>
  Query<Group> query(size_t section, size_t count) const {
    return {file->section<typename Group::Point>(section, count), file->section<uint64_t>(section + 1, (count + 63) / 64), count};
  }
  SparseMatrix matrix(size_t section) const {
    const auto groups = file->section<SparseMatrix::Group>(section);
    const auto coefficients = file->section<U256>(section + 1);
    const SparseMatrix result{groups.begin, groups.count, coefficients.begin, file->section<uint32_t>(section + 2, coefficients.count)};
    if (!result.liesWithin(size_t{1} << power, wires, coefficients.count)) file->fail("a matrix is out of bounds");
    return result;
  }
};

}  // namespace poa
