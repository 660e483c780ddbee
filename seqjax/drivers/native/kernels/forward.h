// The steps of a walk: for a panel of units the products of all gates are made side by side and the
// gates at once from them, so that pre-activations never leave the caches. Weights come packed in
// the order in which they are read: [panels, gates, k, PANEL].
#pragma once

#include <algorithm>
#include <vector>

#include "walk.h"

// Whether h is no part of the carry as it stands, and has slots of its own.
template <class Gate>
constexpr bool APART_FED = Gate::FEEDS == Gate::PARTS;

// Where the state goes that a step leaves: to the slots of the step after, or out after the last.
template <class Gate>
struct Next {
  static constexpr int P = Gate::PARTS;
  const Walk& a;
  const bool last;
  const int64_t t;
  float *fed, *carry[P];

  // Before step s.
  Next(const Walk& a, int64_t s) : a(a), last(s == a.steps), t(a.step(s)) {
    for (int i = 0; i < P; ++i) carry[i] = last ? a.end[i] : a.carry[i] + a.slot(s, Gate::KEEPS[i]);
    fed = APART_FED<Gate> && !last ? a.fed + a.slot(s, true) : nullptr;
  }

  // n units from j on of row r: ``state``, or the start where the row restarts.
  template <class Count>
  void take(int64_t r, int64_t j, Count n, const Vec* state) const {
    const int64_t at = r * a.units + j;
    const bool anew = !last && a.restart(t, r);
    Vec next[P];
    for (int i = 0; i < P; ++i) {
      next[i] = anew ? load(a.start[i] + at, n) : state[i];
      store(carry[i] + at, next[i], n);
    }
    if (!APART_FED<Gate> || last) return;
    const Given<Gate> given(a, t, r, j, n);
    store(fed + at, Gate::template feed<Vec>(next, given.field), n);
  }
};

// Rows of x that are multiplied with a panel of weights at a time, if there are as many.
constexpr int64_t TOGETHER = 64;

// Steps whose inputs are projected at a time, unless all have been before.
inline int64_t together(const Walk& a, Rows part) {
  const int64_t rows = std::max<int64_t>(1, part.to - part.from);
  return std::max<int64_t>(1, std::min(a.steps, TOGETHER / rows));
}

// What one thread needs to take steps of some rows. ``shared``: what all have who take these rows.
template <class Gate>
struct Forward {
  static constexpr int K = Gate::BLOCKS, P = Gate::PARTS, MORE = std::max(0, Gate::KEPT - K);
  const Walk& a;
  const Rows part;
  float* const shared;  // projected inputs: [panels, steps together, gates, rows, PANEL]
  std::vector<float> products = std::vector<float>(K * (part.to - part.from) * PANEL);

  static int64_t steps(const Walk& a) { return a.steps; }
  static int64_t room(const Walk& a, Rows part) {
    const int64_t panels = (a.units + PANEL - 1) / PANEL;
    return a.z ? 0 : panels * PANEL * together(a, part) * K * (part.to - part.from);
  }

  void project(int64_t s, int64_t unit, float* out) const {
    const int64_t D = a.inputs, rows = part.to - part.from;
    const int64_t soon = std::min(together(a, part), a.steps - s);
    for (int g = 0; g < K; ++g)
      for (int64_t i = 0; i < soon; ++i)
        a.product(a.x + (a.step(s + i) * a.batch + part.from) * D, D, rows,
                  a.w_x + (unit * K + g * PANEL) * D, D, out + (i * K + g) * rows * PANEL);
  }

  // Step s of units [from, to).
  void operator()(int64_t s, int64_t from, int64_t to) {
    for (int64_t unit = from; unit < to; unit += PANEL) step(s, unit);
  }

  void fetch_panel(int64_t s, int64_t unit) const {
    const int64_t H = a.units, B = a.batch, rows = part.to - part.from, t = a.step(s);
    const int64_t first = part.from * H + unit;
    fetch(a.hs + t * B * H + first, rows, H);
    if (s + 1 < a.steps) {
      for (int i = 0; i < P; ++i) fetch(a.carry[i] + a.slot(s + 1, Gate::KEEPS[i]) + first, rows, H);
      if (APART_FED<Gate>) fetch(a.fed + a.slot(s + 1, true) + first, rows, H);
    }
    for (int g = 0; g < MORE && a.keep; ++g)
      fetch(a.more + (t * B + part.from) * MORE * H + g * H + unit, rows, MORE * H);
    for (int g = 0; g < K; ++g) {
      const int64_t at = (t * B + part.from) * K * H + g * H + unit;
      if (a.z && a.z != a.kept) fetch(a.z + at, rows, K * H);
      if (a.keep) fetch(a.kept + at, rows, K * H);
    }
  }

  __attribute__((noinline)) void step(int64_t s, int64_t unit) {
    const int64_t H = a.units, B = a.batch, rows = part.to - part.from, tile = rows * PANEL;
    const int64_t t = a.step(s), chunk = together(a, part);
    float* projected = a.z ? nullptr : shared + unit * chunk * K * rows;
    if (!a.z && s % chunk == 0) project(s, unit, projected);
    fetch_panel(s, unit);
    const float* h = APART_FED<Gate> ? a.fed + a.slot(s, true)
                                     : a.carry[Gate::FEEDS % P] + a.slot(s, true);
    for (int g = 0; g < K; ++g)
      a.product(h + part.from * H + a.met(unit), H, rows,
                a.w + (unit * K + g * PANEL) * a.span, a.span, products.data() + g * tile);
    const Next<Gate> next(a, s + 1);
    const int64_t gate = a.z ? H : tile;
    const float* before[P];
    float* states[P];
    for (int i = 0; i < P; ++i) {
      before[i] = a.carry[i] + a.slot(s, Gate::KEEPS[i]);
      states[i] = a.states ? a.states[i] + t * B * H : nullptr;
    }
    float *const hs = a.hs + t * B * H, *const kept = a.kept + t * B * K * H;
    const auto take = [&](int64_t r, int64_t j, auto n) __attribute__((always_inline)) {
      const int64_t at = r * H + j, row = (r - part.from) * PANEL + j - unit;
      Vec carry[P], z[K], u[K], after[P], keep[Gate::KEPT + 1];
      for (int i = 0; i < P; ++i) carry[i] = load(before[i] + at, n);
      if (!a.is_real(t, r)) {
        for (int i = 0; i < P && a.states; ++i) store(states[i] + at, carry[i], n);
        store(hs + at, Vec{}, n);
        next.take(r, j, n, carry);
        return;
      }
      const float* zs = a.z ? a.z + (t * B + r) * K * H + j : projected + s % chunk * K * tile + row;
      for (int g = 0; g < K; ++g) {
        z[g] = load(zs + g * gate, n);
        if (a.b) z[g] += load(a.b + g * H + j, n);
        u[g] = *(const Loose*)(products.data() + g * tile + row);
      }
      const Given<Gate> given(a, t, r, j, n);
      Gate::template forward<Vec>(z, u, carry, given.field, given.mask, after, keep);
      for (int i = 0; i < P && a.states; ++i) store(states[i] + at, after[i], n);
      store(hs + at, Gate::template read<Vec>(after), n);
      next.take(r, j, n, after);
      if (!a.keep) return;
      for (int g = 0; g < Gate::KEPT; ++g)
        store(g < K ? kept + (r * K + g) * H + j : a.more + ((t * B + r) * MORE + g - K) * H + j,
              keep[g], n);
    };
    for (int64_t r = part.from; r < part.to; ++r)
      for (int64_t j = unit; j < std::min(H, unit + PANEL); j += LANES)
        if (H - j >= LANES) take(r, j, Full{});
        else take(r, j, H - j);
  }
};
