// One step of one row and LANES units, for each cell.
//
// forward: z are the pre-activations without the product u = h . w_h; the activations take their
// place. Returns h after the step; c is the memory of cells that have one, extra what the backward
// needs besides.
//
// backward: from the cotangents of h and c after the step. z holds the activations and gets the
// cotangent of the pre-activations; du gets that of u where it is another (APART). dc gets the
// cotangent of c before the step; returned is the part of that of h which does not pass through u.
#pragma once

#include "simd.h"

struct Lstm {
  static constexpr int GATES = 4;
  static constexpr bool MEMORY = true, APART = false;

  static Vec forward(Vec* z, const Vec* u, Vec, Vec& c, Vec&) {
    z[0] = sigmoid(z[0] + u[0]), z[1] = sigmoid(z[1] + u[1]);
    z[2] = tanh(z[2] + u[2]), z[3] = sigmoid(z[3] + u[3]);
    c = z[1] * c + z[0] * z[2];
    return z[3] * tanh(c);
  }

  static Vec backward(Vec* z, Vec*, Vec dh, Vec& dc, Vec, Vec c, Vec) {
    const Vec i = z[0], f = z[1], g = z[2], o = z[3], t = tanh(f * c + i * g);
    dc += dh * o * (1.0f - t * t);
    z[0] = dc * g * i * (1.0f - i), z[1] = dc * c * f * (1.0f - f);
    z[2] = dc * i * (1.0f - g * g), z[3] = dh * t * o * (1.0f - o);
    dc *= f;
    return Vec{};
  }
};

struct Gru {
  static constexpr int GATES = 3;
  static constexpr bool MEMORY = false, APART = true;

  static Vec forward(Vec* z, const Vec* u, Vec h, Vec&, Vec& extra) {
    z[0] = sigmoid(z[0] + u[0]), z[1] = sigmoid(z[1] + u[1]);
    z[2] = tanh(z[2] + z[0] * u[2]);
    extra = u[2];
    return z[2] + z[1] * (h - z[2]);
  }

  static Vec backward(Vec* z, Vec* du, Vec dh, Vec&, Vec h, Vec, Vec extra) {
    const Vec r = z[0], k = z[1], n = z[2], dn = dh * (1.0f - k) * (1.0f - n * n);
    z[0] = du[0] = dn * extra * r * (1.0f - r);
    z[1] = du[1] = dh * (h - n) * k * (1.0f - k);
    z[2] = dn, du[2] = dn * r;
    return dh * k;
  }
};

struct Rnn {
  static constexpr int GATES = 1;
  static constexpr bool MEMORY = false, APART = false;

  static Vec forward(Vec* z, const Vec* u, Vec, Vec&, Vec&) { return z[0] = tanh(z[0] + u[0]); }

  static Vec backward(Vec* z, Vec*, Vec dh, Vec&, Vec, Vec, Vec) {
    z[0] = dh * (1.0f - z[0] * z[0]);
    return Vec{};
  }
};
