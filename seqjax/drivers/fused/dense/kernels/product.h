// The product of a step: a slice of w_h in registers, for as long as the kernel runs, times what
// the ring brings.
#pragma once

#include "ring.h"
#include "shape.h"

#ifndef PATIENCE
#define PATIENCE 100000  // readings of the ring before a block gives up: some 50 ms
#endif

enum Fault { NO_WORDS = 1, NO_SUMS = 2 };

DEVICE Word largest(const Fragment& f) {
  const Word a = f.word[0] > f.word[1] ? f.word[0] : f.word[1];
  const Word b = f.word[2] > f.word[3] ? f.word[2] : f.word[3];
  return a > b ? a : b;
}

template <class Factor, class S>
struct Product {
  Word weight[S::PIECES][2][S::EIGHTS][2];
  float *partial, *received;
  unsigned long long* barrier;
  int *fault, *report;
  int rank, lane, warp, blocks, first, count;
  bool given_up = false;

  // ``blocks``: k blocks of the whole product. ``at(k, n)``: bits of the weight in row k of column n
  // of the cluster, 0 beyond.
  template <class At>
  DEVICE Product(unsigned char* memory, int* fault, int* report, int blocks, At at)
      : fault(fault), report(report), blocks(blocks) {
    partial = (float*)memory;
    received = partial + S::BUFFERS * S::PARTIAL;
    barrier = (unsigned long long*)(received + 2 * S::RECEIVED);
    lane = thread_index() & 31, warp = thread_index() >> 5;
    rank = S::CLUSTER > 1 ? cluster_rank() : 0;
    const int slice = (blocks + S::CLUSTER - 1) / S::CLUSTER, from = rank * slice;
    const int to = blocks < from + slice ? blocks : from + slice;
    // Blocks start at different places, and do not ask for the same words at once.
    first = from + (warp + block_index()) % S::WARPS * S::PIECES;
    count = to - first < S::PIECES ? to - first : S::PIECES;  // 0 or less: nothing to do
    if (S::CLUSTER > 1) {
      if (thread_index() == 0) barrier_begin(barrier), barrier_begin(barrier + 1);
      cluster_sync();
    }
#pragma unroll
    for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
      for (int half = 0; half < 2; ++half)
#pragma unroll
        for (int e = 0; e < S::EIGHTS; ++e)
#pragma unroll
          for (int b = 0; b < 2; ++b) {
            const int k = (first + i) * DEPTH + 8 * (lane & 3) + 4 * half + 2 * b;
            const int n = e * 8 + (lane >> 2);
            const bool there = i < count && n < S::ALL;
            weight[i][half][e][b] = there ? at(k, n) | at(k + 1, n) << 16 : 0;
          }
  }

  // A wait that takes too long ends, here and in all blocks; what was not there is NaN.
  DEVICE bool give_up(int waited, int limit, Fault why) {
    if (given_up) return true;
    if (waited > limit) {
      store_flag(fault, why), store_to_host(report, why);
      given_up = true;
    } else if ((waited & 1023) == 0 && load_flag(fault)) {
      given_up = true;
    }
    return given_up;
  }

  // The fragments of this warp in one tile, of which ``rows`` rows are there.
  DEVICE void gather(const Word* tile, int rows, Fragment (&f)[S::PIECES][2]) {
    const Word* from = tile + first * BLOCK_WORDS + lane * 4;
    Word missing = 0;  // a bit for each fragment
#pragma unroll
    for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        f[i][half] = Fragment{};
        if (i < count && (lane >> 2) < rows) missing |= 1u << (2 * i + half);
      }
    for (int waited = 0;;) {
#pragma unroll
      for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
        for (int half = 0; half < 2; ++half)
          if (missing >> (2 * i + half) & 1)
            f[i][half] = load_exchanged(from + i * BLOCK_WORDS + half * (BLOCK_WORDS / 2));
      Word all = 0;
      missing = 0;
#pragma unroll
      for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const Word top = largest(f[i][half]);
          all = all > top ? all : top;
        }
      if (!any_of_warp(all == UNWRITTEN)) return;
      if (any_of_warp(give_up(++waited, PATIENCE, NO_WORDS))) {
        given_up = true;
        return;
      }
#pragma unroll
      for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
        for (int half = 0; half < 2; ++half)
          if (largest(f[i][half]) == UNWRITTEN) missing |= 1u << (2 * i + half);
    }
  }

  // The partial sums of step s, of which ``rows`` rows are there.
  DEVICE void make(const Word* slot, int rows, int s) {
#pragma unroll 1
    for (int tile = 0; tile < S::TILES; ++tile) {
      Fragment f[S::PIECES][2];
      gather(slot + (size_t)tile * blocks * BLOCK_WORDS, rows - 16 * tile, f);
      float sum[S::EIGHTS][4];
#pragma unroll
      for (int e = 0; e < S::EIGHTS; ++e)
#pragma unroll
        for (int j = 0; j < 4; ++j) sum[e][j] = 0;
#pragma unroll
      for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
        for (int half = 0; half < 2; ++half)
#pragma unroll
          for (int e = 0; e < S::EIGHTS; ++e)
            Factor::multiply_add(sum[e], f[i][half], weight[i][half][e]);
      float* to = buffer(s) + (tile * S::WARPS + warp) * S::EIGHTS * 128 + (lane >> 2) * 8 + 2 * (lane & 3);
#pragma unroll
      for (int e = 0; e < S::EIGHTS; ++e) {
        to[e * 128] = sum[e][0], to[e * 128 + 1] = sum[e][1];
        to[e * 128 + 64] = sum[e][2], to[e * 128 + 65] = sum[e][3];
      }
    }
    block_sync();
    if (S::CLUSTER > 1) exchange(s);
  }

  // Sums over warps, to the owner of the column in the cluster; waits for those of the others.
  DEVICE void exchange(int s) {
    constexpr int TWOS = S::COLUMNS / 2, COUNT = S::CLUSTER * S::TILES * 16 * TWOS;
    const int odd = s & 1;
#pragma unroll 1
    for (int i = thread_index(); i < COUNT; i += S::THREADS) {
      const int two = i % TWOS, row = i / TWOS % 16, tile = i / TWOS / 16 % S::TILES;
      const int owner = i / TWOS / 16 / S::TILES, n = owner * S::COLUMNS + 2 * two;
      const float x = of_warps(s, tile, row, n), y = of_warps(s, tile, row, n + 1);
      const float* to = received + odd * S::RECEIVED + ((rank * S::TILES + tile) * 16 + row) * S::COLUMNS + 2 * two;
      send(remote(to, owner), x, y, remote(barrier + odd, owner));
    }
    if (thread_index() == 0) barrier_expect(barrier + odd, S::RECEIVED * 4);
    for (int waited = 0; !barrier_is_through(barrier + odd, s >> 1 & 1);)
      if (give_up(++waited, 10 * PATIENCE, NO_SUMS)) return;
  }

  DEVICE float* buffer(int s) const { return partial + (S::BUFFERS > 1 ? s & 1 : 0) * S::PARTIAL; }

  DEVICE float of_warps(int s, int tile, int row, int n) const {
    const float* p = buffer(s) + tile * S::WARPS * S::EIGHTS * 128 + (n >> 3) * 128 + row * 8 + (n & 7);
    float x = 0;
#pragma unroll
    for (int q = 0; q < S::WARPS; ++q) x += p[q * S::EIGHTS * 128];
    return x;
  }

  // Column n of this block in row ``row`` of a tile, of step s.
  DEVICE float sum(int s, int tile, int row, int n) const {
    if (given_up) return nan_number();
    if (S::CLUSTER == 1) return of_warps(s, tile, row, n);
    float x = 0;
#pragma unroll
    for (int q = 0; q < S::CLUSTER; ++q)
      x += received[(s & 1) * S::RECEIVED + ((q * S::TILES + tile) * 16 + row) * S::COLUMNS + n];
    return x;
  }

  DEVICE void done() const {  // with the sums of a step
    if (S::BUFFERS == 1) block_sync();
  }
  DEVICE void leave() const {  // not before others have sent what they send
    if (S::CLUSTER > 1) cluster_sync();
  }
};
