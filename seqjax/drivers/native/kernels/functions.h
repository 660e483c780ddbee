// The functions of gates on registers. Errors are those of single precision, measured over all
// exponents by the tests: "to 2e-7" is of the value itself unless it says otherwise.
#pragma once

#include <cmath>

#include "registers.h"

#define DEVICE inline __attribute__((always_inline))

template <class V>
V constant(double x) {
  return V{} + float(x);
}

template <class M>
Vec select(M mask, Vec yes, Vec no) {
  return mask ? yes : no;
}

// NaN where either is.
inline Vec max(Vec a, Vec b) { return (a > b) | (a != a) ? a : b; }
inline Vec min(Vec a, Vec b) { return (a < b) | (a != a) ? a : b; }

// Lane by lane by the library of the language: exact, and not quick.
template <class Function>
Vec lanes(Vec x, Function function) {
  for (int i = 0; i < LANES; ++i) x[i] = function(x[i]);
  return x;
}

inline Vec fabs(Vec x) { return (Vec)((Whole)x & 0x7fffffff); }
inline Vec sqrt(Vec x) { return lanes(x, [](float a) { return __builtin_sqrtf(a); }); }
inline Vec rsqrt(Vec x) { return 1.0f / sqrt(x); }
inline Vec floor(Vec x) { return lanes(x, [](float a) { return __builtin_floorf(a); }); }
inline Vec ceil(Vec x) { return lanes(x, [](float a) { return __builtin_ceilf(a); }); }
inline Vec round_to_even(Vec x) { return lanes(x, [](float a) { return std::nearbyint(a); }); }
inline Vec round_away(Vec x) { return lanes(x, [](float a) { return std::round(a); }); }
inline Vec sin(Vec x) { return lanes(x, [](float a) { return std::sin(a); }); }
inline Vec cos(Vec x) { return lanes(x, [](float a) { return std::cos(a); }); }
inline Vec erf(Vec x) { return lanes(x, [](float a) { return std::erf(a); }); }
inline Vec erfc(Vec x) { return lanes(x, [](float a) { return std::erfc(a); }); }
inline Vec exp2(Vec x) { return lanes(x, [](float a) { return std::exp2(a); }); }

inline Vec pow(Vec x, Vec y) {
  for (int i = 0; i < LANES; ++i) x[i] = std::pow(x[i], y[i]);
  return x;
}

// e^x to 2e-7, for |x| <= 87, beyond which it stays: 2^n e^r with |r| <= ln(2) / 2, and the series
// of e^r up to the seventh power.
inline Vec exp(Vec x) {
  x = x < -87.0f ? Vec{} - 87.0f : x;
  x = x > 87.0f ? Vec{} + 87.0f : x;
  const float round = 12582912.0f;  // 1.5 * 2^23: what is added to it lands on a whole number
  Vec n = (x * 1.44269504f + round) - round;
  Vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln(2) in two parts, the first exact
  Vec p = 1.0f / 720 + r * (1.0f / 5040);
  p = 1.0f / 120 + r * p;
  p = 1.0f / 24 + r * p;
  p = 1.0f / 6 + r * p;
  p = 0.5f + r * p;
  p = 1.0f + r * (1.0f + r * p);
  return p * (Vec)((__builtin_convertvector(n, Whole) + 127) << 23);
}

// Both to 2e-7 of one.
inline Vec logistic(Vec x) { return 1.0f / (1.0f + exp(-x)); }
inline Vec tanh(Vec x) { return 1.0f - 2.0f / (1.0f + exp(x + x)); }

// ln(x) to 2e-7 of itself or of one: x = 2^n m with sqrt(1/2) <= m < sqrt(2), and the polynomial of
// ln(m) of Cephes (logf). Numbers below 2^-126 count as 0.
inline Vec log(Vec x) {
  const Whole bits = (Whole)x, shifted = bits - 0x3f3504f3;  // of sqrt(1/2)
  const Vec n = __builtin_convertvector(shifted >> 23, Vec);
  const Vec m = (Vec)((shifted & 0x7fffff) + 0x3f3504f3) - 1.0f;
  Vec p = 7.0376836292e-2f * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const Vec square = m * m;
  Vec y = (p * m * square - 2.12194440e-4f * n) - 0.5f * square;
  y = (m + y) + 0.693359375f * n;
  const Vec infinite = Vec{} + HUGE_VALF;
  y = x == infinite ? x : y;
  y = x < 1.17549435e-38f ? -infinite : y;
  return (x < 0.0f) | (x != x) ? Vec{} + NAN : y;
}

// ln(1 + x) to 3e-7: the sum is rounded, and the quotient makes up for it.
inline Vec log1p(Vec x) {
  const Vec sum = 1.0f + x;
  const Vec y = log(sum) * (x / (sum - 1.0f));
  return (sum == 1.0f) | (x == HUGE_VALF) | (sum == 0.0f) ? (sum == 0.0f ? log(sum) : x) : y;
}

// e^x - 1 to 3e-7: near 0 the series, else from e^x.
inline Vec expm1(Vec x) {
  Vec p = 1.0f / 5040 + x * (1.0f / 40320);
  p = 1.0f / 720 + x * p;
  p = 1.0f / 120 + x * p;
  p = 1.0f / 24 + x * p;
  p = 1.0f / 6 + x * p;
  p = 0.5f + x * p;
  return fabs(x) < 0.5f ? x + x * x * p : exp(x) - 1.0f;
}
