// What a walk over time is.
#pragma once

#include <cstdint>

#include "registers.h"

// Numbers or marks [T, B, H], [B, H] or [H]: strides are 0 where steps or rows share them.
template <class Number>
struct Field {
  Number* p;
  int64_t step, row;
  Number* at(int64_t t, int64_t r, int64_t j) const { return p + t * step + r * row + j; }
};

// The product of so many rows with a panel, out [rows, PANEL] = x [rows, k] . w [k, PANEL].
using Tile = void (*)(const float* x, int64_t stride, const float* w, int64_t k, float* out);

// A call. States are [B, H], all else [T, B, ...]; slots of the carry and of what is fed to the
// product are those of the steps, or two by turns if nothing is kept. Lists have one array for each
// part of the carry, or each field of the gate.
struct Walk {
  int64_t steps, batch, inputs, units;
  int64_t head, span;             // units of a head; rows of w_h that a panel of units meets
  bool reverse, keep;
  const bool *real, *restarts;    // null: all are real, none restarts
  const float *z;                 // projected inputs without b, or null, and then these:
  const float *x, *w_x;           // weights are packed
  const float *b;                 // of the projected inputs, or null
  const float *w;
  const float *const *first, *const *start, *const *dstates;
  const Field<const float>* fields;
  const Field<const bool>* masks;
  const Field<const float>* ready;  // what is made of fields before the steps
  const Field<float>* dfields;    // with a step, to be set; else to be added to
  const float* dhs;
  float *kept, *more, *du;        // kept: in the place of z, and then dz; more: beyond its blocks
  float *fed, *hs;
  float *const *carry, *const *end, *const *states, *const *dstart;
  const Tile* tiles;              // for 1, 2, ... ROWS rows

  int64_t step(int64_t s) const { return reverse ? steps - 1 - s : s; }
  int64_t slot(int64_t s, bool keeps) const {
    return (keep && keeps ? step(s) : s & 1) * batch * units;
  }
  bool is_real(int64_t t, int64_t r) const { return !real || real[t * batch + r]; }
  bool restart(int64_t t, int64_t r) const { return restarts && restarts[t * batch + r]; }
  // A product of any number of rows, in blocks as equal as can be.
  void product(const float* x, int64_t stride, int64_t rows, const float* w, int64_t k,
               float* out) const {
    const int64_t n = (rows + ROWS - 1) / ROWS;
    for (int64_t i = 0; i < n; ++i) {
      const int64_t row = rows * i / n, count = rows * (i + 1) / n - row;
      tiles[count - 1](x + row * stride, stride, w, k, out + row * PANEL);
    }
  }
  // The first row of w_h that a panel meets.
  int64_t met(int64_t unit) const {
    const int64_t row = unit / head * head;
    return row < units - span ? row : units - span;
  }
};

// Rows [from, to) of the batch.
struct Rows {
  int64_t from, to;
};

// Asks for what the gates of a panel will read and write, some rows of one or two lines each, which
// the processor cannot foresee; products are made meanwhile.
inline void fetch(const float* p, int64_t rows, int64_t stride) {
  for (int64_t r = 0; r < rows; ++r) __builtin_prefetch(p + r * stride, 1, 2);
}

// What a gate reads of row r at step t besides z, u and the carry.
template <class Gate>
struct Given {
  Vec field[Gate::FIELDS + Gate::READY + 1];
  Mask mask[Gate::MASKS + 1];

  template <class Count>
  Given(const Walk& a, int64_t t, int64_t r, int64_t j, Count n) {
    for (int f = 0; f < Gate::FIELDS; ++f) field[f] = load(a.fields[f].at(t, r, j), n);
    for (int f = 0; f < Gate::READY; ++f)
      field[Gate::FIELDS + f] = load(a.ready[f].at(t, r, j), n);
    for (int f = 0; f < Gate::MASKS; ++f) mask[f] = load(a.masks[f].at(t, r, j), n);
  }
};
