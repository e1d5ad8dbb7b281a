#pragma once

#include "../curve/requireSubgroup.h"
#include "../files/readR1cs.h"
#include "../files/readZkey.h"
#include "ProvingKey.h"
#include "transposeCosetMove.h"

namespace poa {

namespace preparation {

inline U256 elementFromFile(const U256& file) { return Fq::fromFile(file); }
inline Fq2Element elementFromFile(const Fq2Element& file) { return QuadraticField<Fq>::fromFile(file); }
inline bool isCanonical(const U256& coordinate) { return isLess(coordinate, CoordinateModulus::modulus); }
inline bool isCanonical(const Fq2Element& coordinate) { return isCanonical(coordinate.c0) && isCanonical(coordinate.c1); }
inline bool isZero(const Fq2Element& coordinate) { return poa::isZero(coordinate.c0) && poa::isZero(coordinate.c1); }

/** 3, and 3 / (9 + u). */
inline Fq curveConstant(G1) { return Fq::broadcast(Fq::fromStandard(U256{{3, 0, 0, 0}})); }
inline QuadraticField<Fq> curveConstant(G2) {
  const QuadraticField<Fq> nine{Fq::broadcast(Fq::fromStandard(U256{{9, 0, 0, 0}})), Fq::one()};
  return QuadraticField<Fq>{curveConstant(G1{}), Fq::zero()} * nine.inverse();
}

/** On G1 every point of the curve is in the group. */
inline void requireSubgroup(const G1Point*, size_t, const char*, ThreadPool&) {}
using poa::requireSubgroup;

/** Points from the form of a file to that of memory. Each must be one of the group's. Throws Error POINT_NOT_ON_CURVE, POINT_NOT_IN_SUBGROUP. */
template <class Group>
void convertPoints(const uint8_t* from, size_t count, const char* name, typename Group::Point* to, ThreadPool& pool) {
  using Points = AffinePoints<Group>;
  using Point = typename Group::Point;
  constexpr size_t lanes = Group::Field::lanes, most = 1024;
  const auto b = curveConstant(Group{});
  pool.run((count + most - 1) / most, [&](size_t part) {
    const size_t end = std::min(count, (part + 1) * most);
    for (size_t start = part * most; start < end; start += lanes) {
      static constexpr Point infinity{};
      const Point* each[lanes];
      for (size_t lane = 0; lane < lanes; lane++) {
        each[lane] = start + lane < end ? to + start + lane : &infinity;
        if (start + lane >= end) continue;
        Point file;
        std::memcpy(&file, from + (start + lane) * sizeof(Point), sizeof(Point));
        if (!isCanonical(file.x) || !isCanonical(file.y))
          throw Error("POINT_NOT_ON_CURVE",
                      std::string(name) + ", point " + std::to_string(start + lane) + ": a coordinate is not below the field's order");
        to[start + lane] = {elementFromFile(file.x), elementFromFile(file.y)};
      }
      const Points points = Points::gather(each);
      // No point has y = 0, so y = 0 means infinity, which must have x = 0 too.
      const auto onCurve = points.y.square().isEqual(points.x.square() * points.x + b);
      for (size_t lane = 0; start + lane < end && lane < lanes; lane++)
        if (!(onCurve >> lane & 1) && !(isZero(each[lane]->x) && isZero(each[lane]->y)))
          throw Error("POINT_NOT_ON_CURVE", std::string(name) + ", point " + std::to_string(start + lane));
    }
  });
  requireSubgroup(to, count, name, pool);
}

/** One that must not be infinity. */
template <class Group>
typename Group::Point convertPoint(const typename Group::Point& file, const char* name, ThreadPool& pool) {
  typename Group::Point point;
  convertPoints<Group>(reinterpret_cast<const uint8_t*>(&file), 1, name, &point, pool);
  if (isZero(point.y)) throw Error("POINT_NOT_ON_CURVE", std::string(name) + " is infinity");
  return point;
}

/** The bitmap of the points that are not infinity. */
template <class Point>
void markPresent(const Point* points, size_t count, uint64_t* present) {
  for (size_t i = 0; i < count; i++)
    if (!isZero(points[i].y)) present[i / 64] |= uint64_t{1} << (i % 64);
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

/** -Q_j is to be added to the points of wire j: see prepareKey. `wirePoints` are those of all wires, rowPoints G_row. */
inline void foldOutput(G1Point* wirePoints, const OutputMatrix& output, const std::vector<G1Point>& rowPoints, ThreadPool& pool,
                       const std::function<void()>& report) {
  struct Term {
    uint32_t wire, row;
    U256 coefficient;
  };
  std::vector<Term> terms;
  terms.reserve(output.terms.size());
  for (uint32_t row = 0; row < output.constraints; row++)
    for (uint64_t i = output.rowStarts[row]; i < output.rowStarts[row + 1]; i++)
      terms.push_back({output.terms[i].wire, row, output.terms[i].coefficient});
  std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.wire < b.wire; });

  // The coefficients 1 and -1 are frequent and cost nothing.
  constexpr U256 one{{1, 0, 0, 0}};
  std::vector<G1Point> minusProducts(terms.size());
  std::vector<size_t> multiplied;
  for (size_t i = 0; i < terms.size(); i++) {
    U256& coefficient = terms[i].coefficient;
    const G1Point& point = rowPoints[terms[i].row];
    uint64_t ignored;
    minusProducts[i] = TableSums::opposite(point);
    if (isEqual(coefficient, one)) continue;
    const U256 minusCoefficient = subtract(ScalarModulus::modulus, coefficient, ignored);
    if (isEqual(minusCoefficient, one)) minusProducts[i] = point;
    else multiplied.push_back(i);
  }
  inBlocks(multiplied.size(), pool, [&](size_t begin, size_t end) {
    U256 scalars[PointMultiplier::mostPoints] = {};
    G1Point points[PointMultiplier::mostPoints];
    for (size_t i = begin; i < end; i++) {
      scalars[i - begin] = terms[multiplied[i]].coefficient;
      points[i - begin] = minusProducts[multiplied[i]];
    }
    pointMultiplier().multiply(points, scalars, end - begin);
    for (size_t i = begin; i < end; i++) minusProducts[multiplied[i]] = points[i - begin];
  });
  report();

  // The first term of each wire that has any, and the end.
  std::vector<size_t> starts;
  for (size_t i = 0; i < terms.size(); i++)
    if (i == 0 || terms[i].wire != terms[i - 1].wire) starts.push_back(i);
  const size_t wires = starts.size();
  starts.push_back(terms.size());
  inBlocks(wires, pool, [&](size_t begin, size_t end) {
    TableSums tableSums;
    TableSums::Entries wiresHere, products;
    std::vector<G1Point> sums(end - begin);
    // One term of each wire at a time, until no wire has any left.
    for (size_t round = 0;; round++) {
      wiresHere.clear();
      products.clear();
      for (size_t i = begin; i < end; i++) {
        const size_t term = starts[i] + round;
        if (term >= starts[i + 1]) continue;
        wiresHere.push_back(2 * terms[term].wire);
        products.push_back(static_cast<uint32_t>(2 * term));
      }
      if (products.empty()) break;
      tableSums(wirePoints, wiresHere, minusProducts.data(), products, sums.data());
      for (size_t i = 0; i < products.size(); i++) wirePoints[wiresHere[i] / 2] = sums[i];
    }
  });
  report();
}

}  // namespace preparation

/**
 * Makes a key ready for this engine and writes it to `keyPath`, where ProvingKey finds it. Where snarkjs transforms a, b and c to the coset of the
 * odd 2n-th roots g w^i and sums (a_i b_i - c_i) H_i there, the part of c is moved into the points of the wires. For a witness w that satisfies the
 * circuit, c on the domain is C w, so its value at g w^i is sum_row L_row(g w^i) sum_j C[row][j] w_j, and
 *
 *     sum_i c_i H_i = sum_j w_j Q_j   with   Q_j = sum_row C[row][j] G_row,   G_row = sum_i L_row(g w^i) H_i.
 *
 * C'_j = C_j - Q_j is kept for every wire, public ones too, whose C_j is zero. Only a and b remain to be transformed. For a witness that does not
 * satisfy the circuit the two differ, and neither proof verifies.
 *
 * Costs n log2 n multiplications of points, once a key. @param report takes the fraction that is done, in rising order, from this thread
 * Throws Error ZKEY_MALFORMED, R1CS_MALFORMED, POINT_NOT_ON_CURVE, POINT_NOT_IN_SUBGROUP, FILE_UNWRITABLE, or KEY_OF_OTHER_CIRCUIT when the two files
 * differ in wires or public signals.
 */
inline void prepareKey(Bytes zkeyFile, Bytes r1csFile, const std::string& keyPath, const PreparedIdentity& identity, ThreadPool& pool,
                       const std::function<void(double)>& report) {
  using namespace preparation;
  const Zkey zkey = readZkey(zkeyFile);
  const OutputMatrix output = readOutputMatrix(r1csFile);
  const size_t wires = zkey.wires, n = size_t{1} << zkey.power;
  if (output.wires != wires || output.publicSignals != zkey.publicSignals || output.constraints > n)
    throw Error("KEY_OF_OTHER_CIRCUIT", "the key and the circuit differ in wires, public signals or size");
  unsigned done = 0;
  const unsigned steps = (zkey.power == 0 ? 0 : 2 * zkey.power - 1) + 4;
  const auto step = [&] { report(static_cast<double>(++done) / steps); };

  const SparseMatrix::Tables matrices[] = {SparseMatrix::layOut(n, matrixTerms(zkey, 0)), SparseMatrix::layOut(n, matrixTerms(zkey, 1))};
  std::vector<uint64_t> sizes(keySections);
  const auto setQuerySizes = [&](KeySection section, size_t count, size_t pointSize) {
    sizes[section] = count * pointSize;
    sizes[section + 1] = (count + 63) / 64 * sizeof(uint64_t);
  };
  sizes[keyParameters] = sizeof(KeyParameters);
  setQuerySizes(queryA, wires, sizeof(G1Point));
  setQuerySizes(queryB1, wires, sizeof(G1Point));
  setQuerySizes(queryB2, wires, sizeof(G2Point));
  setQuerySizes(queryCAndH, wires + n, sizeof(G1Point));
  for (size_t i = 0; i < 2; i++) {
    const size_t section = i == 0 ? matrixA : matrixB;
    sizes[section] = matrices[i].groups.size() * sizeof(SparseMatrix::Group);
    sizes[section + 1] = matrices[i].coefficients.size() * sizeof(U256);
    sizes[section + 2] = matrices[i].columns.size() * sizeof(uint32_t);
  }
  PreparedFileWriter file(provingKeyKind, instructionSet, identity, sizes);

  // Member by member: the bytes between members stay zero, so that the same key gives the same file.
  KeyParameters& parameters = *file.section<KeyParameters>(keyParameters);
  parameters.wires = zkey.wires;
  parameters.publicSignals = zkey.publicSignals;
  parameters.power = zkey.power;
  parameters.alpha1 = convertPoint<G1>(zkey.alpha1, "alpha", pool);
  parameters.beta1 = convertPoint<G1>(zkey.beta1, "beta in G1", pool);
  parameters.delta1 = convertPoint<G1>(zkey.delta1, "delta in G1", pool);
  parameters.beta2 = convertPoint<G2>(zkey.beta2, "beta in G2", pool);
  parameters.delta2 = convertPoint<G2>(zkey.delta2, "delta in G2", pool);
  for (size_t i = 0; i < 2; i++) {
    const size_t section = i == 0 ? matrixA : matrixB;
    std::copy(matrices[i].groups.begin(), matrices[i].groups.end(), file.section<SparseMatrix::Group>(section));
    std::copy(matrices[i].coefficients.begin(), matrices[i].coefficients.end(), file.section<U256>(section + 1));
    std::copy(matrices[i].columns.begin(), matrices[i].columns.end(), file.section<uint32_t>(section + 2));
  }
  G1Point* const cAndH = file.section<G1Point>(queryCAndH);
  const size_t firstPrivate = zkey.publicSignals + size_t{1};
  convertPoints<G1>(zkey.a.begin, wires, "A", file.section<G1Point>(queryA), pool);
  convertPoints<G1>(zkey.b1.begin, wires, "B in G1", file.section<G1Point>(queryB1), pool);
  convertPoints<G2>(zkey.b2.begin, wires, "B in G2", file.section<G2Point>(queryB2), pool);
  convertPoints<G1>(zkey.c.begin, wires - firstPrivate, "C", cAndH + firstPrivate, pool);
  convertPoints<G1>(zkey.h.begin, n, "H", cAndH + wires, pool);
  step();

  std::vector<G1Point> rowPoints(cAndH + wires, cAndH + wires + n);
  transposeCosetMove(rowPoints, zkey.power, pool, step);
  foldOutput(cAndH, output, rowPoints, pool, step);

  markPresent(file.section<G1Point>(queryA), wires, file.section<uint64_t>(queryA + 1));
  markPresent(file.section<G1Point>(queryB1), wires, file.section<uint64_t>(queryB1 + 1));
  markPresent(file.section<G2Point>(queryB2), wires, file.section<uint64_t>(queryB2 + 1));
  markPresent(cAndH, wires + n, file.section<uint64_t>(queryCAndH + 1));
  // Both are the same scalars times a generator; `prove` orders the wires for both at once.
  const uint64_t* const presentInB1 = file.section<uint64_t>(queryB1 + 1);
  if (!std::equal(presentInB1, presentInB1 + (wires + 63) / 64, file.section<uint64_t>(queryB2 + 1)))
    throw Error(zkey::errorCode, "B in G1 and B in G2 are infinity at different wires");
  file.write(keyPath, pool);
  step();
}

}  // namespace poa
