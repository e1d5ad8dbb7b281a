#pragma once

#include "AffinePoint.h"

namespace poa {

/**
 * Points in Jacobian coordinates in registers, one a lane: x = X / Z^2, y = Y / Z^3; infinity has Z = 0 (and any X, Y). Every operation is exact for
 * every pair of points of the group, by masks. Formulas: EFD, shortw, jacobian-0. For sums in sequence, where additions cannot share an inversion.
 */
template <class Group>
struct JacobianPoints {
  using Field = typename Group::Field;
  using Mask = typename Field::Mask;

  Field x, y, z;

  static JacobianPoints infinity() { return {Field::one(), Field::one(), Field::zero()}; }
  static JacobianPoints fromAffine(const AffinePoints<Group>& point) {
    return {point.x, point.y, Field::select(point.isInfinity(), Field::zero(), Field::one())};
  }
  /** The same point in every lane. */
  static JacobianPoints broadcast(const typename Group::Point& point) {
    return fromAffine({Field::broadcast(point.x), Field::broadcast(point.y)});
  }
  static JacobianPoints select(Mask mask, const JacobianPoints& a, const JacobianPoints& b) {
    return {Field::select(mask, a.x, b.x), Field::select(mask, a.y, b.y), Field::select(mask, a.z, b.z)};
  }

  Mask isInfinity() const { return z.isZero(); }
  JacobianPoints operator-() const { return {x, -y, z}; }

  /** dbl-2009-l. Infinity stays infinity; no other point becomes it, for no point has y = 0. */
  JacobianPoints twice() const {
    const Field a = x.square(), b = y.square(), c = b.square();
    const Field d = ((x + b).square() - (a + c)).twice();
    const Field e = a.twice() + a;
    JacobianPoints result;
    result.x = e.square() - d.twice();
    result.y = e * (d - result.x) - c.twice().twice().twice();
    result.z = (y * z).twice();
    return result;
  }

  /** add-1998-cmo-2, which has the fewest additions of coordinates. P + (-P) comes out of the formula with Z = 0. */
  friend JacobianPoints operator+(const JacobianPoints& p, const JacobianPoints& q) {
    const Field z1z1 = p.z.square(), z2z2 = q.z.square();
    const Field u1 = p.x * z2z2, s1 = p.y * q.z * z2z2;
    const Field h = q.x * z1z1 - u1, r = q.y * p.z * z1z1 - s1;
    return finish(p, q, p.isInfinity(), q.isInfinity(), u1, s1, h, r, p.z * q.z * h);
  }

  /** The same for Z2 = 1. */
  friend JacobianPoints operator+(const JacobianPoints& p, const AffinePoints<Group>& q) {
    const Field z1z1 = p.z.square();
    const Field h = q.x * z1z1 - p.x, r = q.y * p.z * z1z1 - p.y;
    return finish(p, fromAffine(q), p.isInfinity(), q.isInfinity(), p.x, p.y, h, r, p.z * h);
  }

  /** One inversion for all lanes' worth of points. */
  AffinePoints<Group> toAffine() const {
    const Field inverse = z.inverse(), squared = inverse.square();
    return {x * squared, y * (squared * inverse)};
  }

 private:
  static JacobianPoints finish(const JacobianPoints& p, const JacobianPoints& q, Mask pInfinity, Mask qInfinity, const Field& u1, const Field& s1,
                               const Field& h, const Field& r, const Field& z) {
    const Field hh = h.square(), hhh = h * hh, v = u1 * hh;
    JacobianPoints sum;
    sum.x = r.square() - (hhh + v.twice());
    sum.y = r * (v - sum.x) - s1 * hhh;
    sum.z = z;
    const Mask same = h.isZero() & r.isZero() & static_cast<Mask>(~(pInfinity | qInfinity));
    if (same) sum = select(same, p.twice(), sum);
    if (pInfinity) sum = select(pInfinity, q, sum);
    if (qInfinity) sum = select(qInfinity, p, sum);
    return sum;
  }
};

}  // namespace poa
