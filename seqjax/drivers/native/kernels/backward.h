// The steps of a walk backward. The weight comes packed: [panels, k, PANEL] of its transpose, or
// with heads [panels, gates, span, PANEL].
#pragma once

#include <algorithm>
#include <vector>

#include "walk.h"

// ``end`` holds the cotangents that are carried back.
template <class Gate>
struct Backward {
  static constexpr int K = Gate::BLOCKS, P = Gate::PARTS, MORE = std::max(0, Gate::KEPT - K);
  const Walk& a;
  const Rows part;
  float* const shared;
  const bool heads = a.head < a.units;
  const int pieces = heads ? K : 1;  // of the product: gates, or all at once
  const int64_t tile = (part.to - part.from) * PANEL;
  std::vector<float> products = std::vector<float>(pieces * tile);

  static int64_t steps(const Walk& a) { return a.steps + 1; }
  static int64_t room(const Walk&, Rows) { return 0; }

  // The product of the step before in this order, of which all units are ready, and then the gates
  // of the next, for units [from, to).
  void operator()(int64_t i, int64_t from, int64_t to) {
    for (int64_t unit = from; i > 0 && unit < to; unit += PANEL) carry(a.steps - i, unit);
    if (i < a.steps) gates(a.steps - 1 - i, from, to);
  }

  __attribute__((noinline)) void gates(int64_t s, int64_t from, int64_t to) const {
    const int64_t H = a.units, t = a.step(s), first = t * a.batch * K * H, now = t * a.batch * H;
    float *const dzs = a.kept + first, *const dus = Gate::APART ? a.du + first : dzs;
    float* end[P];
    const float *carry[P], *dstates[P];
    for (int i = 0; i < P; ++i) {
      end[i] = a.end[i], carry[i] = Gate::KEEPS[i] ? a.carry[i] + now : nullptr;
      dstates[i] = a.dstates ? a.dstates[i] + now : nullptr;
    }
    const auto take = [&](int64_t r, int64_t j, auto n) __attribute__((always_inline)) {
      const int64_t at = r * H + j, place = r * K * H + j;
      const bool real = a.is_real(t, r);
      Vec dz[K] = {}, du[K] = {}, d[P], dfield[Gate::FIELDS + 1] = {};
      for (int i = 0; i < P; ++i) d[i] = load(end[i] + at, n);
      for (int i = 0; i < P && a.dstates; ++i) d[i] += load(dstates[i] + at, n);
      if (real) {
        Vec kept[Gate::KEPT + 1], before[P], dbefore[P];
        for (int g = 0; g < Gate::KEPT; ++g)
          kept[g] = load(g < K ? dzs + place + g * H
                               : a.more + ((t * a.batch + r) * MORE + g - K) * H + j, n);
        for (int i = 0; i < P; ++i) before[i] = Gate::KEEPS[i] ? load(carry[i] + at, n) : Vec{};
        const Given<Gate> given(a, t, r, j, n);
        Gate::template read_back<Vec>(load(a.dhs + now + at, n), d);
        Gate::template backward<Vec>(kept, before, given.field, given.mask, d, dbefore, dz, du,
                                     dfield);
        for (int i = 0; i < P; ++i) store(end[i] + at, dbefore[i], n);
      } else if (a.dstates) {
        for (int i = 0; i < P; ++i) store(end[i] + at, d[i], n);
      }
      add<Gate::GRADIENT>(t, r, j, n, real, dfield);
      for (int g = 0; g < K; ++g) {
        store(dzs + place + g * H, dz[g], n);
        if (Gate::APART) store(dus + place + g * H, du[g], n);
      }
    };
    for (int64_t r = part.from; r < part.to; ++r)
      for (int64_t j = from; j < std::min(H, to); j += LANES)
        if (H - j >= LANES) take(r, j, Full{});
        else take(r, j, H - j);
  }

  // Of fields of a step the cotangent itself, of those that steps share their sum.
  template <const bool* WANTED, class Count>
  void add(int64_t t, int64_t r, int64_t j, Count n, bool real, const Vec* dfield) const {
    for (int f = 0; f < Gate::FIELDS; ++f) {
      if (!WANTED[f] || (!real && !a.dfields[f].step)) continue;
      float* p = a.dfields[f].at(t, r, j);
      store(p, a.dfields[f].step ? dfield[f] : load(p, n) + dfield[f], n);
    }
  }

  __attribute__((noinline)) void carry(int64_t s, int64_t unit) {
    const int64_t H = a.units, t = a.step(s), rows = part.to - part.from;
    const float* du = (Gate::APART ? a.du : a.kept) + (t * a.batch + part.from) * K * H;
    if (s > 0) {
      const int64_t at = (a.step(s - 1) * a.batch + part.from) * H;
      fetch(a.dhs + at + unit, rows, H);
      for (int i = 0; i < P; ++i)
        if (Gate::KEEPS[i] && i != Gate::FEEDS) fetch(a.carry[i] + at + unit, rows, H);
      for (int g = 0; g < K; ++g) fetch(a.kept + at * K + g * H + unit, rows, K * H);
    }
    const int64_t k = heads ? a.span : K * H;
    for (int g = 0; g < pieces; ++g)
      a.product(du + g * H + (heads ? a.met(unit) : 0), K * H, rows,
                a.w + (unit * pieces + g * PANEL) * k, k, products.data() + g * tile);
    for (int64_t r = part.from; r < part.to; ++r)
      for (int64_t j = unit; j < std::min(H, unit + PANEL); j += LANES) {
        const float* fed = products.data() + (r - part.from) * PANEL + j - unit;
        if (H - j >= LANES) hand_back(t, r, j, Full{}, fed);
        else hand_back(t, r, j, H - j, fed);
      }
  }

  // The cotangent of the carry before step t, from that of what was fed to the product.
  template <class Count>
  void hand_back(int64_t t, int64_t r, int64_t j, Count n, const float* product) const {
    const int64_t at = r * a.units + j, all = t * a.batch * a.units + at;
    Vec d[P], before[P], dfield[Gate::FIELDS + 1] = {};
    for (int i = 0; i < P; ++i) d[i] = load(a.end[i] + at, n);
    if (a.is_real(t, r)) {
      Vec fed = *(const Loose*)product;
      for (int g = 1; g < pieces; ++g) fed += *(const Loose*)(product + g * tile);
      for (int i = 0; i < P; ++i) before[i] = Gate::KEEPS[i] ? load(a.carry[i] + all, n) : Vec{};
      const Given<Gate> given(a, t, r, j, n);
      Gate::template feed_back<Vec>(fed, before, given.field, d, dfield);
      add<Gate::FED_GRADIENT>(t, r, j, n, true, dfield);
    }
    const bool restart = a.restart(t, r);
    for (int i = 0; i < P; ++i) {
      if (restart) {
        store(a.dstart[i] + at, load(a.dstart[i] + at, n) + d[i], n);
        store(a.end[i] + at, Vec{}, n);
      } else if (Gate::FED_BACK[i]) {
        store(a.end[i] + at, d[i], n);
      }
    }
  }
};
