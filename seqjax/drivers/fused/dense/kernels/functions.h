// The functions that gates call, on one number. In a namespace, so that they hide those of the
// language: beside factors of 16 bits, tanh right to 2^-11 is as good as any.
// For tf32 a source sets TANH to that of the language.
#pragma once

#include "instructions.h"

#ifndef TANH
#define TANH approximate_tanh
#endif

namespace gate {

template <class V>
DEVICE V constant(double x) { return V(x); }

DEVICE float select(bool mask, float yes, float no) { return mask ? yes : no; }
DEVICE bool select(bool mask, bool yes, bool no) { return mask ? yes : no; }
// NaN where either is.
DEVICE float max(float a, float b) { return a > b || a != a ? a : b; }
DEVICE float min(float a, float b) { return a < b || a != a ? a : b; }

DEVICE float tanh(float x) { return TANH(x); }
DEVICE float logistic(float x) { return 0.5f * TANH(0.5f * x) + 0.5f; }
DEVICE float fabs(float x) { return ::fabsf(x); }
DEVICE float exp(float x) { return ::expf(x); }
DEVICE float exp2(float x) { return ::exp2f(x); }
DEVICE float expm1(float x) { return ::expm1f(x); }
DEVICE float log(float x) { return ::logf(x); }
DEVICE float log1p(float x) { return ::log1pf(x); }
DEVICE float sqrt(float x) { return ::sqrtf(x); }
DEVICE float rsqrt(float x) { return 1.0f / ::sqrtf(x); }
DEVICE float floor(float x) { return ::floorf(x); }
DEVICE float ceil(float x) { return ::ceilf(x); }
DEVICE float round_to_even(float x) { return ::rintf(x); }
DEVICE float round_away(float x) { return ::roundf(x); }
DEVICE float sin(float x) { return ::sinf(x); }
DEVICE float cos(float x) { return ::cosf(x); }
DEVICE float erf(float x) { return ::erff(x); }
DEVICE float erfc(float x) { return ::erfcf(x); }
DEVICE float pow(float x, float y) { return ::powf(x, y); }

}  // namespace gate

#ifndef NAN  // where there is no library of the language
#define NAN __longlong_as_double(0x7ff8000000000000ll)
#define HUGE_VAL __longlong_as_double(0x7ff0000000000000ll)
#endif
