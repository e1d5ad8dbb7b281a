#pragma once

#include <memory>

#include "../curve/scalarMultiply.h"
#include "../files/readWitness.h"
#include "../msm/multiScalarMultiply.h"
#include "ProvingKey.h"

namespace poa {

/** Coordinates as integers. */
struct Proof {
  G1Point a;
  G2Point b;
  G1Point c;
};

namespace proving {

/** The scalars of H: a b on the odd coset, as integers. c has been moved into the key (see prepareKey). */
inline void quotientScalars(const ProvingKey& key, const U256* witness, U256* scalars, ThreadPool& pool) {
  const size_t n = key.transform.size();
  WorkVector<U256> b(n);
  U256* const values[] = {scalars, b.data()};
  const SparseMatrix* const matrices[] = {&key.aMatrix, &key.bMatrix};
  pool.run(2, [&](size_t i) {
    NumberTheoreticTransform<Fr>::Workspace workspace;
    matrices[i]->multiply(witness, values[i], n, pool);
    key.transform.moveToCoset(values[i], key.oddCoset, workspace, pool);
  });
  // One more factor of 1, which is not in memory form, takes the product out of it.
  const Fr plainOne = Fr::broadcast(U256{{1, 0, 0, 0}});
  const size_t tasks = 4 * pool.threads();
  pool.run(tasks, [&](size_t task) {
    const size_t vectors = (n + Fr::lanes - 1) / Fr::lanes;
    for (size_t v = vectors * task / tasks; v < vectors * (task + 1) / tasks; v++) {
      U256 product[Fr::lanes];
      const size_t start = v * Fr::lanes, used = std::min<size_t>(Fr::lanes, n - start);
      const U256 *left[Fr::lanes], *right[Fr::lanes];
      for (size_t lane = 0; lane < Fr::lanes; lane++) {
        left[lane] = scalars + start + std::min(lane, used - 1);
        right[lane] = b.data() + start + std::min(lane, used - 1);
      }
      (Fr::gather(left) * Fr::gather(right) * plainOne).store(product);
      std::copy(product, product + used, scalars + start);
    }
  });
}

template <class Group>
typename Group::Point toStandard(const JacobianPoints<Group>& sum) {
  typename Group::Point points[Group::Field::lanes];
  storePoints<Group>(sum, points);
  return {Group::Field::toStandard(points[0].x), Group::Field::toStandard(points[0].y)};
}

template <class Group>
JacobianPoints<Group> multiply(const JacobianPoints<Group>& point, const U256& scalar) {
  const U256* scalars[Group::Field::lanes];
  for (const U256*& each : scalars) each = &scalar;
  return multiplyEach<Group>(point, scalars);
}

}  // namespace proving

/**
 * A Groth16 proof (J. Groth, eprint 2016/260) as snarkjs makes it with the same r and s, which are integers below the group's order and must be
 * random, secret and used once. The witness is trusted to satisfy the circuit; whoever releases the proof verifies it. Run time and memory access
 * depend on the witness.
 * Throws Error KEY_WITNESS_MISMATCH.
 */
inline Proof prove(const ProvingKey& key, const Witness& witness, const U256& r, const U256& s, ThreadPool& pool) {
  using namespace proving;
  if (witness.count != key.wires)
    throw Error("KEY_WITNESS_MISMATCH", "the witness has " + std::to_string(witness.count) + " wires, the key " + std::to_string(key.wires));
  const size_t n = key.transform.size();
  WorkVector<U256> scalars(key.wires + n);
  std::memcpy(scalars.data(), witness.values.begin, key.wires * sizeof(U256));
  quotientScalars(key, scalars.data(), scalars.data() + key.wires, pool);

  // What a multiplication needs in advance runs on one thread for the most part, so the three run at once; the longest first.
  std::unique_ptr<const MsmScalars> ofA, ofB, ofCAndH;
  pool.run(3, [&](size_t i) {
    if (i == 0) ofCAndH.reset(new MsmScalars(scalars.data(), scalars.size(), key.cAndH.present, pool));
    else if (i == 1) ofA.reset(new MsmScalars(scalars.data(), key.wires, key.a.present, pool));
    else ofB.reset(new MsmScalars(scalars.data(), key.wires, key.b1.present, pool));
  });
  MultiScalarMultiplication<G2> b2(key.b2.table(), *ofB);
  MultiScalarMultiplication<G1> cAndH(key.cAndH.table(), *ofCAndH), a(key.a.table(), *ofA), b1(key.b1.table(), *ofB);
  std::vector<MsmTask> tasks;
  b2.addTasks(tasks);
  cAndH.addTasks(tasks);
  a.addTasks(tasks);
  b1.addTasks(tasks);
  runTasks(tasks, pool);

  Proof proof;
  pool.run(2, [&](size_t i) {
    if (i == 0) {
      using Points = JacobianPoints<G2>;
      proof.b = toStandard<G2>(b2.result() + Points::broadcast(key.beta2) + multiply<G2>(Points::broadcast(key.delta2), s));
    } else {
      using Points = JacobianPoints<G1>;
      using Single = MontgomeryField<ScalarModulus>;
      const U256 rs = Single::toStandard((Single{Single::fromStandard(r)} * Single{Single::fromStandard(s)}).value);
      const Points delta1 = Points::broadcast(key.delta1);
      const Points alphaAndA = a.result() + Points::broadcast(key.alpha1), betaAndB = b1.result() + Points::broadcast(key.beta1);
      proof.a = toStandard<G1>(alphaAndA + multiply<G1>(delta1, r));
      // c = .. + s (alpha + A + r delta) + r (beta + B + s delta) - r s delta
      proof.c = toStandard<G1>(cAndH.result() + multiply<G1>(alphaAndA, s) + multiply<G1>(betaAndB, r) + multiply<G1>(delta1, rs));
    }
  });
  return proof;
}

}  // namespace poa
