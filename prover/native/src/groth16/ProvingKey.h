#pragma once

#include "../msm/sumBuckets.h"
#include "../ntt/NumberTheoreticTransform.h"
#include "SparseMatrix.h"

namespace poa {

/** Points of one query of a key, and which of them are not infinity. */
template <class Group>
struct Query {
  std::vector<typename Group::Point> points;
  std::vector<uint64_t> present;

  explicit Query(size_t count) : points(count), present((count + 63) / 64) {}
  void set(size_t i, const typename Group::Point& point, bool isInfinity) {
    points[i] = point;
    if (!isInfinity) present[i / 64] |= uint64_t{1} << (i % 64);
  }
  MsmTable<Group> table() const { return {points.data(), points.size(), present.data()}; }
};

/** A Groth16 proving key as this engine uses it: everything in the build's memory form, and the transform of C folded away (see prepareKey). */
struct ProvingKey {
  uint32_t wires, publicSignals;
  unsigned power;
  G1Point alpha1, beta1, delta1;
  G2Point beta2, delta2;
  SparseMatrix aMatrix, bMatrix;
  /** Of all wires. */
  Query<G1> a, b1;
  Query<G2> b2;
  /** C'_j of all wires, then H of the domain: one multiplication gives their sum. */
  Query<G1> cAndH;
  NumberTheoreticTransform<Fr> transform;
  NumberTheoreticTransform<Fr>::Coset oddCoset;
};

}  // namespace poa
