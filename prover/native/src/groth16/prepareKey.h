#pragma once

#include <functional>
#include <memory>

#include "../curve/scalarMultiply.h"
#include "../files/readR1cs.h"
#include "../files/readZkey.h"
#include "ProvingKey.h"

namespace poa {

namespace preparation {

inline U256 elementFromFile(const U256& file) { return Fq::fromFile(file); }
inline Fq2Element elementFromFile(const Fq2Element& file) { return QuadraticField<Fq>::fromFile(file); }
inline bool isCanonical(const U256& coordinate) { return isLess(coordinate, CoordinateModulus::modulus); }
inline bool isCanonical(const Fq2Element& coordinate) { return isCanonical(coordinate.c0) && isCanonical(coordinate.c1); }

/** 3, and 3 / (9 + u). */
inline Fq curveConstant(G1) { return Fq::broadcast(Fq::fromStandard(U256{{3, 0, 0, 0}})); }
inline QuadraticField<Fq> curveConstant(G2) {
  const QuadraticField<Fq> nine{Fq::broadcast(Fq::fromStandard(U256{{9, 0, 0, 0}})), Fq::one()};
  return QuadraticField<Fq>{curveConstant(G1{}), Fq::zero()} * nine.inverse();
}

/**
 * Points from the form of a file to that of memory. Each must lie on the curve: on G1 it is then in the group; on G2 the subgroup is not checked (a key is trusted
 * by its hash, and a proof with a false one does not verify). Throws Error POINT_NOT_ON_CURVE.
 */
template <class Group>
void convertPoints(const uint8_t* from, size_t count, const char* name, Query<Group>& to, size_t firstIndex) {
  using Points = AffinePoints<Group>;
  using Point = typename Group::Point;
  constexpr size_t lanes = Group::Field::lanes;
  const auto b = curveConstant(Group{});
  for (size_t start = 0; start < count; start += lanes) {
    const Point infinity{};
    Point block[lanes];
    const Point* each[lanes];
    for (size_t lane = 0; lane < lanes; lane++) {
      each[lane] = start + lane < count ? &block[lane] : &infinity;
      if (start + lane >= count) continue;
      Point file;
      std::memcpy(&file, from + (start + lane) * sizeof(Point), sizeof(Point));
      if (!isCanonical(file.x) || !isCanonical(file.y))
        throw Error("POINT_NOT_ON_CURVE", std::string(name) + ", point " + std::to_string(start + lane) + ": a coordinate is not below the field's order");
      block[lane] = {elementFromFile(file.x), elementFromFile(file.y)};
    }
    const Points points = Points::gather(each);
    // No point has y = 0, so y = 0 means infinity, which must have x = 0 too.
    const auto atInfinity = points.isInfinity();
    const auto onCurve = points.y.square().isEqual(points.x.square() * points.x + b);
    for (size_t lane = 0; start + lane < count && lane < lanes; lane++) {
      const bool isInfinity = atInfinity >> lane & 1;
      if (!(onCurve >> lane & 1) && !(isInfinity && points.x.isZero() >> lane & 1))
        throw Error("POINT_NOT_ON_CURVE", std::string(name) + ", point " + std::to_string(start + lane));
      to.set(firstIndex + start + lane, block[lane], isInfinity);
    }
  }
}

template <class Group>
typename Group::Point convertPoint(const typename Group::Point& file, const char* name) {
  Query<Group> single(1);
  convertPoints<Group>(reinterpret_cast<const uint8_t*>(&file), 1, name, single, 0);
  if (single.present[0] == 0) throw Error("POINT_NOT_ON_CURVE", std::string(name) + " is infinity");
  return single.points[0];
}

/** A point in Jacobian coordinates in memory. */
struct StoredPoint {
  U256 x, y, z;
};
using Jacobian = JacobianPoints<G1>;

inline Jacobian gatherStored(const StoredPoint* const* from) {
  const U256 *x[Fq::lanes], *y[Fq::lanes], *z[Fq::lanes];
  for (size_t lane = 0; lane < Fq::lanes; lane++) x[lane] = &from[lane]->x, y[lane] = &from[lane]->y, z[lane] = &from[lane]->z;
  return {Fq::gather(x), Fq::gather(y), Fq::gather(z)};
}
inline void scatterStored(const Jacobian& points, StoredPoint* const* to) {
  U256 *x[Fq::lanes], *y[Fq::lanes], *z[Fq::lanes];
  for (size_t lane = 0; lane < Fq::lanes; lane++) x[lane] = &to[lane]->x, y[lane] = &to[lane]->y, z[lane] = &to[lane]->z;
  points.x.scatter(x), points.y.scatter(y), points.z.scatter(z);
}

/** Calls body(indices, used) for 0 .. count - 1, `lanes` indices at a time; unused lanes repeat the last index. */
inline void inLanes(size_t count, ThreadPool& pool, const std::function<void(const size_t*, size_t)>& body) {
  constexpr size_t lanes = Fq::lanes, perTask = 64 * lanes;
  pool.run((count + perTask - 1) / perTask, [&](size_t task) {
    for (size_t start = task * perTask; start < std::min(count, (task + 1) * perTask); start += lanes) {
      size_t indices[lanes];
      for (size_t lane = 0; lane < lanes; lane++) indices[lane] = std::min(start + lane, count - 1);
      body(indices, std::min(lanes, count - start));
    }
  });
}

/** Integers w^0 .. w^(n/2 - 1) for the root w of order n = 2^power. */
inline std::vector<U256> rootPowers(unsigned power, bool isInverse) {
  using Single = MontgomeryField<ScalarModulus>;
  U256 root[Fr::lanes];
  NumberTheoreticTransform<Fr>::rootOfUnity(power).store(root);
  Single w{Single::fromStandard(Fr::toStandard(root[0]))};
  if (isInverse) w = w.inverse();
  std::vector<U256> powers(std::max<size_t>(1, (size_t{1} << power) / 2));
  Single current = Single::one();
  for (U256& each : powers) {
    each = Single::toStandard(current.value);
    current = current * w;
  }
  return powers;
}

/** Applies `step` to the pairs with these numbers, whose members lie `half` apart. */
template <class Step>
void butterfly(StoredPoint* points, const size_t* pairs, size_t used, size_t half, const Step& step, const std::vector<U256>& powers) {
  const StoredPoint *low[Fq::lanes], *high[Fq::lanes];
  StoredPoint *toLow[Fq::lanes], *toHigh[Fq::lanes], ignored;
  const U256* twiddles[Fq::lanes];
  for (size_t lane = 0; lane < Fq::lanes; lane++) {
    const size_t place = pairs[lane] % half, at = pairs[lane] / half * 2 * half + place;
    low[lane] = points + at;
    high[lane] = points + at + half;
    toLow[lane] = lane < used ? points + at : &ignored;
    toHigh[lane] = lane < used ? points + at + half : &ignored;
    twiddles[lane] = &powers[place * (powers.size() / half)];
  }
  Jacobian newLow, newHigh;
  step(gatherStored(low), gatherStored(high), twiddles, newLow, newHigh);
  scatterStored(newLow, toLow);
  scatterStored(newHigh, toHigh);
}

/**
 * G_row = sum over i of L_row(g w^i) * points[i], in place, where L is the Lagrange basis of the domain and g the root of order 2n.
 *
 * The matrix M with M[i][row] = L_row(g w^i) takes values on the domain to values on the coset: M = F D F^-1 with F = (w^ij), which is symmetric, and
 * D = diag(g^j). So the transpose is F^-1 D F: a transform of the points, g^j times the j-th, and the transform back; n log n multiplications of points.
 */
inline void transposeCosetMove(std::vector<StoredPoint>& points, unsigned power, ThreadPool& pool, const std::function<void(double)>& report) {
  using Single = MontgomeryField<ScalarModulus>;
  const size_t n = points.size();
  const double steps = 2.0 * power + 1;
  const std::vector<U256> powers = rootPowers(power, false), inversePowers = rootPowers(power, true);

  // Decimation in frequency leaves position j with the transform's entry at j's bits reversed.
  unsigned done = 0;
  for (size_t half = n / 2; half > 0; half /= 2, report(++done / steps))
    inLanes(n / 2, pool, [&](const size_t* pairs, size_t used) {
      butterfly(points.data(), pairs, used, half, [&](const Jacobian& low, const Jacobian& high, const U256* const* twiddles, Jacobian& newLow, Jacobian& newHigh) {
        newLow = low + high;
        newHigh = multiplyEach<G1>(low + -high, twiddles);
      }, powers);
    });

  U256 shiftRoot[Fr::lanes];
  NumberTheoreticTransform<Fr>::rootOfUnity(power + 1).store(shiftRoot);
  const Single g{Single::fromStandard(Fr::toStandard(shiftRoot[0]))};
  const Single byN = Single{Single::fromStandard(U256{{n, 0, 0, 0}})}.inverse();
  std::vector<U256> shifts(n);
  Single current = byN;
  for (size_t j = 0; j < n; j++, current = current * g) {
    size_t reversed = 0;
    for (unsigned bit = 0; bit < power; bit++) reversed |= (j >> bit & 1) << (power - 1 - bit);
    shifts[reversed] = Single::toStandard(current.value);
  }
  inLanes(n, pool, [&](const size_t* places, size_t used) {
    StoredPoint *each[Fq::lanes], ignored;
    const StoredPoint* from[Fq::lanes];
    const U256* scalars[Fq::lanes];
    for (size_t lane = 0; lane < Fq::lanes; lane++) {
      from[lane] = &points[places[lane]];
      each[lane] = lane < used ? &points[places[lane]] : &ignored;
      scalars[lane] = &shifts[places[lane]];
    }
    scatterStored(multiplyEach<G1>(gatherStored(from), scalars), each);
  });
  report(++done / steps);

  // Decimation in time brings them back into order.
  for (size_t half = 1; half < n; half *= 2, report(++done / steps))
    inLanes(n / 2, pool, [&](const size_t* pairs, size_t used) {
      butterfly(points.data(), pairs, used, half, [&](const Jacobian& low, const Jacobian& high, const U256* const* twiddles, Jacobian& newLow, Jacobian& newHigh) {
        const Jacobian turned = multiplyEach<G1>(high, twiddles);
        newLow = low + turned;
        newHigh = low + -turned;
      }, inversePowers);
    });
}

inline std::vector<SparseMatrix::Term> matrixTerms(const Zkey& zkey, uint32_t matrix) {
  std::vector<SparseMatrix::Term> terms;
  for (uint64_t i = 0; i < zkey.coefficientCount; i++) {
    const Zkey::Coefficient each = zkey.coefficient(i);
    if (each.matrix != matrix) continue;
    // From value * 2^512 to the value: two Montgomery reductions.
    using Single = MontgomeryField<ScalarModulus>;
    terms.push_back({each.row, each.wire, Single::toStandard(Single::toStandard(each.value))});
  }
  return terms;
}

}  // namespace preparation

/**
 * Makes a key ready for this engine. Where snarkjs transforms a, b and c to the coset of the odd 2n-th roots g w^i and sums (a_i b_i - c_i) H_i there, the part of c
 * is moved into the points of the wires. For a witness w that satisfies the circuit, c on the domain is C w, so its value at g w^i is
 * sum_row L_row(g w^i) sum_j C[row][j] w_j, and
 *
 *     sum_i c_i H_i = sum_j w_j Q_j   with   Q_j = sum_row C[row][j] G_row,   G_row = sum_i L_row(g w^i) H_i.
 *
 * C'_j = C_j - Q_j is kept for every wire, public ones too, whose C_j is zero. Only a and b remain to be transformed. For a witness that does not satisfy the circuit
 * the two differ, and neither proof verifies.
 *
 * Costs 2 n log n multiplications of points, once a key. @param report takes the fraction that is done
 * Throws Error ZKEY_MALFORMED, R1CS_MALFORMED, POINT_NOT_ON_CURVE, or KEY_OF_OTHER_CIRCUIT when the two files differ in wires or public signals.
 */
inline std::unique_ptr<ProvingKey> prepareKey(Bytes zkeyFile, Bytes r1csFile, ThreadPool& pool, const std::function<void(double)>& report) {
  using namespace preparation;
  const Zkey zkey = readZkey(zkeyFile);
  const OutputMatrix output = readOutputMatrix(r1csFile);
  const size_t n = size_t{1} << zkey.power;
  if (output.wires != zkey.wires || output.publicSignals != zkey.publicSignals || output.constraints > n)
    throw Error("KEY_OF_OTHER_CIRCUIT", "the key and the circuit differ in wires, public signals or size");

  NumberTheoreticTransform<Fr> transform(zkey.power);
  auto oddCoset = transform.oddCoset();
  std::unique_ptr<ProvingKey> key(new ProvingKey{zkey.wires, zkey.publicSignals, zkey.power, convertPoint<G1>(zkey.alpha1, "alpha"), convertPoint<G1>(zkey.beta1, "beta in G1"),
                                                 convertPoint<G1>(zkey.delta1, "delta in G1"), convertPoint<G2>(zkey.beta2, "beta in G2"), convertPoint<G2>(zkey.delta2, "delta in G2"),
                                                 SparseMatrix(n, matrixTerms(zkey, 0)), SparseMatrix(n, matrixTerms(zkey, 1)), Query<G1>(zkey.wires), Query<G1>(zkey.wires),
                                                 Query<G2>(zkey.wires), Query<G1>(zkey.wires + n), std::move(transform), std::move(oddCoset)});
  convertPoints<G1>(zkey.a.begin, zkey.wires, "A", key->a, 0);
  convertPoints<G1>(zkey.b1.begin, zkey.wires, "B in G1", key->b1, 0);
  convertPoints<G2>(zkey.b2.begin, zkey.wires, "B in G2", key->b2, 0);
  const size_t firstPrivate = zkey.publicSignals + 1;
  convertPoints<G1>(zkey.c.begin, zkey.wires - firstPrivate, "C", key->cAndH, firstPrivate);
  convertPoints<G1>(zkey.h.begin, n, "H", key->cAndH, zkey.wires);

  std::vector<StoredPoint> g(n);
  inLanes(n, pool, [&](const size_t* indices, size_t used) {
    const G1Point* from[Fq::lanes];
    StoredPoint *to[Fq::lanes], ignored;
    for (size_t lane = 0; lane < Fq::lanes; lane++) {
      from[lane] = &key->cAndH.points[key->wires + indices[lane]];
      to[lane] = lane < used ? &g[indices[lane]] : &ignored;
    }
    scatterStored(Jacobian::fromAffine(AffinePoints<G1>::gather(from)), to);
  });
  transposeCosetMove(g, zkey.power, pool, report);

  // C'_j, wire by wire: the terms of C in the order of their wires.
  struct Term {
    uint32_t wire, row;
    const U256* coefficient;
  };
  std::vector<Term> terms;
  terms.reserve(output.terms.size());
  for (uint32_t row = 0; row < output.constraints; row++)
    for (uint64_t i = output.rowStarts[row]; i < output.rowStarts[row + 1]; i++) terms.push_back({output.terms[i].wire, row, &output.terms[i].coefficient});
  std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.wire < b.wire; });
  std::vector<StoredPoint> products(terms.size());
  if (!terms.empty())
    inLanes(terms.size(), pool, [&](const size_t* indices, size_t used) {
      const StoredPoint* from[Fq::lanes];
      StoredPoint *to[Fq::lanes], ignored;
      const U256* scalars[Fq::lanes];
      for (size_t lane = 0; lane < Fq::lanes; lane++) {
        from[lane] = &g[terms[indices[lane]].row];
        to[lane] = lane < used ? &products[indices[lane]] : &ignored;
        scalars[lane] = terms[indices[lane]].coefficient;
      }
      scatterStored(multiplyEach<G1>(gatherStored(from), scalars), to);
    });
  for (size_t start = 0; start < terms.size();) {
    const uint32_t wire = terms[start].wire;
    Jacobian folded = Jacobian::broadcast(key->cAndH.points[wire]);
    for (; start < terms.size() && terms[start].wire == wire; start++) {
      const StoredPoint* each[Fq::lanes];
      for (const StoredPoint*& lane : each) lane = &products[start];
      folded = folded + -gatherStored(each);
    }
    G1Point sum[Fq::lanes];
    storePoints<G1>(folded, sum);
    key->cAndH.present[wire / 64] &= ~(uint64_t{1} << (wire % 64));
    key->cAndH.set(wire, sum[0], folded.isInfinity() & 1);
  }
  return key;
}

}  // namespace poa
