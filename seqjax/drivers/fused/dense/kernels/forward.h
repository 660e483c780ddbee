// All steps of a walk: carry = gate(z, h . w_h, carry), for the units and rows of a block.
#pragma once

#include "pair.h"

// Places of the forward kernel, in order; P parts of a carry, F fields and M masks of a gate.
template <int P, int F, int M>
struct ForwardPlaces {
  enum {
    Z, W_H, REAL, RESTARTS, FIRST, START = FIRST + P, FIELDS = START + P, MASKS = FIELDS + F,
    RING = MASKS + M, FAULT, HS, FED, KEPT, END, BEFORE = END + P, STATES = BEFORE + P,
    COUNT = STATES + P
  };
};

template <class Gate, class Factor, class S>
struct Forward {
  static constexpr int K = Gate::BLOCKS, P = Gate::PARTS, F = Gate::FIELDS, M = Gate::MASKS;
  static constexpr unsigned long long KEEPS = bits(Gate::KEEPS), SIDE = bits(Gate::SIDE);
  using At = ForwardPlaces<P, F, M>;
  static_assert(At::COUNT <= PLACES, "");

  // What a pair reads at a step besides the product.
  struct Inputs {
    float z[K], side[F + 1];
    bool mask[M + 1], real, restart;
  };

  static DEVICE void load(const Arguments& a, const Pair<S>& pair, int t, Inputs& in) {
    in.real = in.restart = false;
    if (!pair.there) return;
    const float* z = (const float*)a.place[At::Z].data + pair.at(t, a.batch, K * a.units);
#pragma unroll
    for (int q = 0; q < K; ++q) in.z[q] = load_once(z + q * a.units);
#pragma unroll
    for (int f = 0; f < F; ++f)
      if (SIDE >> f & 1) in.side[f] = number(a.place[At::FIELDS + f], t, pair);
#pragma unroll
    for (int m = 0; m < M; ++m) in.mask[m] = mark(a.place[At::MASKS + m], t, pair);
    in.real = row_mark(a.place[At::REAL], t, a.batch, pair.row, true);
    in.restart = row_mark(a.place[At::RESTARTS], t, a.batch, pair.row, false);
  }

  static DEVICE void ask(const Arguments& a, const Pair<S>& pair, int t) {
    if (!pair.there || (pair.unit & 7)) return;  // one of the 32 bytes that come together
    const float* z = (const float*)a.place[At::Z].data + pair.at(t, a.batch, K * a.units);
#pragma unroll
    for (int q = 0; q < K; ++q) prefetch(z + q * a.units);
  }

  static DEVICE void start(const Arguments& a, const Pair<S>& pair, int from, float* carry) {
#pragma unroll
    for (int i = 0; i < P; ++i)
      carry[i] = ((const float*)a.place[from + i].data)[pair.at(0, a.batch, a.units)];
  }

  static DEVICE void store(const Arguments& a, int place, size_t at, float x) {
    if (float* p = (float*)a.place[place].data) p[at] = x;
  }

  static DEVICE void walk(const Arguments& a, unsigned char* memory) {
    const int T = a.steps, B = a.batch, H = a.units, blocks = (H + DEPTH - 1) / DEPTH;
    const int rows = B - group_index() * S::TILES * 16, cluster = block_index() / S::CLUSTER * S::CLUSTER;
    const auto weight = [&](int k, int n) -> Word {
      const int unit = cluster * S::UNITS + n / S::COLUMNS * S::UNITS + n % S::UNITS;
      const int q = n % S::COLUMNS / S::UNITS;
      const unsigned short* w = (const unsigned short*)a.place[At::W_H].data;
      return k < H && unit < H ? w[(size_t)k * K * H + q * H + unit] : 0;
    };
    Product<Factor, S> product(memory, (int*)a.place[At::FAULT].data, a.report, blocks, weight);
    const Ring ring(a.place[At::RING].data, S::TILES, blocks);

    float carry[S::EACH][P], field[S::EACH][F + Gate::READY + 1];
    Inputs now[S::EACH];
#pragma unroll
    for (int i = 0; i < S::EACH; ++i) {
      const Pair<S> pair(i, B, H, blocks);
      if (pair.fills)
        for (int slot = 0; slot < SLOTS; ++slot) store_exchanged(ring.slot(slot) + pair.word, 0);
      load(a, pair, a.time(0), now[i]);
      if (pair.there) {
        start(a, pair, now[i].restart ? At::START : At::FIRST, carry[i]);
#pragma unroll
        for (int f = 0; f < F; ++f)
          if (!(SIDE >> f & 1)) field[i][f] = number(a.place[At::FIELDS + f], 0, pair);
        Gate::template prepare<float>(field[i], field[i] + F);
      }
      const float fed = pair.there ? Gate::template feed<float>(carry[i], field[i]) : 0.0f;
      const Word word = shared_word<Factor>(fed);
      if (pair.writes) store_exchanged(ring.slot(0) + pair.word, word);
      if (pair.there) store(a, At::FED, pair.at(a.time(0), B, H), fed);
    }

#pragma unroll 1
    for (int s = 0; s < T; ++s) {
      const int t = a.time(s), coming = a.time(s + 1 < T ? s + 1 : s);
      Inputs next[S::EACH];
#pragma unroll
      for (int i = 0; i < S::EACH; ++i) {
        const Pair<S> pair(i, B, H, blocks);
        load(a, pair, coming, next[i]);
        if (s + SOON < T) ask(a, pair, a.time(s + SOON));
      }
      product.make(ring.slot(s), rows, s);
#pragma unroll
      for (int i = 0; i < S::EACH; ++i) {
        const Pair<S> pair(i, B, H, blocks);
        if (pair.index >= S::PAIRS) break;  // whole warps
        float u[K], before[P], after[P], kept[Gate::KEPT + 1], fed = 0;
#pragma unroll
        for (int q = 0; q < K; ++q)
          u[q] = product.sum(s, pair.tile, pair.line, q * S::UNITS + pair.unit_of_block);
        if (pair.there) {
#pragma unroll
          for (int f = 0; f < F; ++f)
            if (SIDE >> f & 1) field[i][f] = now[i].side[f];
          Gate::template forward<float>(now[i].z, u, carry[i], field[i], now[i].mask, after, kept);
#pragma unroll
          for (int j = 0; j < P; ++j) {
            before[j] = carry[i][j];
            if (!now[i].real) after[j] = before[j];
            carry[i][j] = after[j];
          }
          if (next[i].restart && s + 1 < T) start(a, pair, At::START, carry[i]);
          fed = Gate::template feed<float>(carry[i], field[i]);
        }
        const Word word = shared_word<Factor>(fed);
        if (pair.writes && s + 1 < T) {
          store_exchanged(ring.slot(s + 1) + pair.word, word);
          if (s > 0) store_exchanged(ring.slot(s - 1) + pair.word, UNWRITTEN);
        }
        if (pair.there) {
          const size_t at = pair.at(t, B, H);
          store(a, At::HS, at, Gate::template read<float>(after));
          if (s + 1 < T) store(a, At::FED, pair.at(coming, B, H), fed);
#pragma unroll
          for (int j = 0; j < P; ++j) {
            if (KEEPS >> j & 1) store(a, At::BEFORE + j, at, before[j]);
            store(a, At::STATES + j, at, after[j]);
          }
          const size_t of_kept = pair.at(t, B, Gate::KEPT * H);
#pragma unroll
          for (int j = 0; j < Gate::KEPT; ++j) store(a, At::KEPT, of_kept + (size_t)j * H, kept[j]);
        }
        now[i] = next[i];
      }
      product.done();
    }
#pragma unroll
    for (int i = 0; i < S::EACH; ++i) {
      const Pair<S> pair(i, B, H, blocks);
      if (pair.there)
        for (int j = 0; j < P; ++j) store(a, At::END + j, pair.at(0, B, H), carry[i][j]);
    }
    product.leave();
  }
};
