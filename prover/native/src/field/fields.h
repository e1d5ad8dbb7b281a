#pragma once

#include "MontgomeryField.h"
#if defined(__AVX512IFMA__)
#include "IfmaField.h"
#endif

namespace poa {

/**
 * Coordinates of points and scalars, in the field type of the instruction set that this object is built for: the only thing that differs
 * between builds.
 */
#if defined(__AVX512IFMA__)
using Fq = IfmaField<CoordinateModulus>;
using Fr = IfmaField<ScalarModulus>;
constexpr const char* instructionSet = "ifma";
#else
using Fq = MontgomeryField<CoordinateModulus>;
using Fr = MontgomeryField<ScalarModulus>;
#if defined(__ADX__) && defined(__BMI2__)
constexpr const char* instructionSet = "mulx";
#else
constexpr const char* instructionSet = "plain";
#endif
#endif

}  // namespace poa
