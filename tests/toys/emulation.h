// A GPU for tests: every thread of every block is a fiber, and fibers run in random order. A block
// may be mute: nobody sees what it writes to others; or slow: it runs once where others run four
// times.
#pragma once

#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <functional>
#include <utility>
#include <vector>

#define DEVICE inline
#define KERNEL(threads) extern "C" void
#define PARAMETER const
#define SHARED(name) unsigned char* name = emulated::now->block->memory.data()

namespace emulated {

constexpr size_t STACK = 64 << 10;

struct Meeting {  // of so many fibers
  int came = 0, round = 0;
};
struct Warp {
  Meeting meeting;
  Fragment a[32];
  Word b[32][2];
  float number[32];
  bool flag[32];
};
struct Block {
  int index, group, rank, threads;
  std::vector<unsigned char> memory;
  std::vector<Warp> warps;
  Meeting meeting;
  Block** cluster;
  Meeting* cluster_meeting;
  int cluster_size;
};
struct Fiber {
  jmp_buf context;
  Block* block;
  Warp* warp;
  int thread;
  bool begun, done;
};

inline Fiber* now;
inline jmp_buf scheduler;
inline ucontext_t first_context, fiber_context;
inline std::function<void()> body;
inline int group_count, mute = -1, slow = -1;
inline unsigned seed = 1;

inline void rest() {
  if (!_setjmp(now->context)) _longjmp(scheduler, 1);
}
inline void meet(Meeting& meeting, int count) {
  const int round = meeting.round;
  if (++meeting.came == count) meeting.came = 0, ++meeting.round;
  while (meeting.round == round) rest();
}
inline void meet_warp() { meet(now->warp->meeting, 32); }
inline void run_fiber() {
  body();
  now->done = true;
  _longjmp(scheduler, 1);
}

// Runs a fiber until it rests.
inline void resume(Fiber& fiber, char* stack) {
  now = &fiber;
  if (_setjmp(scheduler)) return;
  if (fiber.begun) _longjmp(fiber.context, 1);
  fiber.begun = true;
  getcontext(&fiber_context);
  fiber_context.uc_stack.ss_sp = stack, fiber_context.uc_stack.ss_size = STACK;
  fiber_context.uc_link = nullptr;
  makecontext(&fiber_context, run_fiber, 0);
  setcontext(&fiber_context);
}

inline void check(const void* p, size_t size) {
  if ((uintptr_t)p % size) fprintf(stderr, "an address is not a multiple of %zu\n", size), abort();
}

// ``sizes``: blocks along units and along rows, threads and shared bytes of a block, its cluster.
inline void launch(const int* sizes, std::function<void()> kernel) {
  const int columns = sizes[0], threads = sizes[2], memory = sizes[3], cluster = sizes[4];
  const int count = columns * sizes[1];
  body = kernel, group_count = sizes[1];
  std::vector<Block> blocks(count);
  std::vector<Block*> pointers;
  std::vector<Meeting> meetings(count);
  for (auto& block : blocks) pointers.push_back(&block);
  std::vector<Fiber> fibers(count * threads);
  std::vector<char> stacks(fibers.size() * STACK);  // untouched pages cost nothing
  for (int i = 0; i < count; ++i) {
    Block& block = blocks[i];
    block.index = i % columns, block.group = i / columns, block.rank = i % cluster;
    block.threads = threads, block.cluster = &pointers[i / cluster * cluster];
    block.cluster_meeting = &meetings[i / cluster], block.cluster_size = cluster;
    block.memory.assign(memory + 64, 0xee), block.warps.resize(threads / 32);
    for (int t = 0; t < threads; ++t) {
      Fiber& fiber = fibers[i * threads + t];
      fiber.block = &block, fiber.warp = &block.warps[t / 32], fiber.thread = t;
      fiber.begun = fiber.done = false;
    }
  }
  // Warp after warp, in a new order each round: fibers of a warp are never far from each other.
  const auto draw = [](unsigned n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % n;
  };
  std::vector<int> order;
  for (size_t w = 0; w < fibers.size() / 32; ++w) order.push_back(w);
  while (!order.empty()) {
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw(i)]);
    std::vector<int> left;
    for (int w : order) {
      if (fibers[w * 32].block->index == slow && draw(4)) {
        left.push_back(w);
        continue;
      }
      bool done = true;
      for (int i = w * 32; i < w * 32 + 32; ++i)
        if (!fibers[i].done) resume(fibers[i], &stacks[i * STACK]), done &= fibers[i].done;
      if (!done) left.push_back(w);
    }
    order = left;
  }
}

struct Barrier {  // in the memory of an mbarrier
  int16_t pending, phase;
  int32_t bytes;
  void advance() {
    if (!pending && !bytes) pending = 1, ++phase;
  }
};
static_assert(sizeof(Barrier) == 8, "");

}  // namespace emulated

typedef unsigned char* Remote;

DEVICE int thread_index() { return emulated::now->thread; }
DEVICE int block_index() { return emulated::now->block->index; }
DEVICE int group_index() { return emulated::now->block->group; }
DEVICE int groups() { return emulated::group_count; }
DEVICE int cluster_rank() { return emulated::now->block->rank; }

DEVICE Fragment load_exchanged(const void* p) {
  emulated::check(p, 16);
  return *(const Fragment*)p;
}
DEVICE void store_exchanged(void* p, Word word) {
  emulated::check(p, 4);
  if (block_index() != emulated::mute) *(Word*)p = word;
}
DEVICE int load_flag(const int* p) { return *p; }
DEVICE void store_flag(int* p, int flag) { *p = flag; }
DEVICE void store_to_host(int* p, int flag) { *p = flag; }
DEVICE float load_once(const float* p) { return *p; }
DEVICE void prefetch(const void* p) { (void)*(const volatile char*)p; }

DEVICE float number_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}
DEVICE float nan_number() { return NAN; }

DEVICE Word bits_of(float x) {
  Word bits;
  memcpy(&bits, &x, 4);
  return bits;
}

// Of words of so many numbers, of which ``number`` gives the lowest.
template <int NUMBERS>
DEVICE void emulate_multiply_add(float* sum, const Fragment& a, const Word* b,
                                 float (*number)(Word)) {
  emulated::Warp& warp = *emulated::now->warp;
  const int lane = thread_index() & 31;
  warp.a[lane] = a, warp.b[lane][0] = b[0], warp.b[lane][1] = b[1];
  emulated::meet_warp();
  for (int e = 0; e < 4; ++e) {
    const int row = (lane >> 2) + 8 * (e >> 1), column = 2 * (lane & 3) + (e & 1);
    for (int w = 0; w < 8; ++w) {
      const Word x = warp.a[(row & 7) * 4 + w % 4].word[(row >> 3) + 2 * (w >> 2)];
      const Word y = warp.b[column * 4 + w % 4][w >> 2];
      for (int i = 0; i < NUMBERS; ++i) sum[e] += number(x >> 16 * i) * number(y >> 16 * i);
    }
  }
  emulated::meet_warp();
}
DEVICE void multiply_add_of_tf32(float* sum, const Fragment& a, const Word* b) {
  emulate_multiply_add<1>(sum, a, b, [](Word bits) { return number_of(bits & 0xffffe000u); });
}

struct Bfloat16 {
  static float number(Word bits) { return number_of(bits << 16); }
  static Word round(float x) {
    const Word bits = bits_of(x);
    return x != x ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  }
  static Word pack(float low, float high) { return round(low) | round(high) << 16; }
  static void multiply_add(float* sum, const Fragment& a, const Word* b) {
    emulate_multiply_add<2>(sum, a, b, number);
  }
};
struct Float16 {
  static float number(Word bits) {
    const uint16_t short_bits = bits;
    _Float16 x;
    memcpy(&x, &short_bits, 2);
    return x;
  }
  static Word round(float x) {
    const _Float16 y = x;
    uint16_t bits;
    memcpy(&bits, &y, 2);
    return x != x ? 0x7fff : bits;
  }
  static Word pack(float low, float high) { return round(low) | round(high) << 16; }
  static void multiply_add(float* sum, const Fragment& a, const Word* b) {
    emulate_multiply_add<2>(sum, a, b, number);
  }
};

DEVICE bool any_of_warp(bool x) {
  emulated::Warp& warp = *emulated::now->warp;
  warp.flag[thread_index() & 31] = x;
  emulated::meet_warp();
  bool any = false;
  for (bool flag : warp.flag) any |= flag;
  emulated::meet_warp();
  return any;
}
DEVICE float of_neighbour(float x) {
  emulated::Warp& warp = *emulated::now->warp;
  const int lane = thread_index() & 31;
  warp.number[lane] = x;
  emulated::meet_warp();
  const float other = warp.number[lane ^ 1];
  emulated::meet_warp();
  return other;
}
DEVICE void block_sync() {
  emulated::Block& block = *emulated::now->block;
  emulated::meet(block.meeting, block.threads);
}
DEVICE void cluster_sync() {
  emulated::Block& block = *emulated::now->block;
  emulated::meet(*block.cluster_meeting, block.cluster_size * block.threads);
}

DEVICE Remote remote(const void* p, int rank) {
  emulated::Block& block = *emulated::now->block;
  return block.cluster[rank]->memory.data() + ((const unsigned char*)p - block.memory.data());
}
DEVICE void send(Remote to, float x, float y, Remote barrier) {
  emulated::check(to, 8);
  ((float*)to)[0] = x, ((float*)to)[1] = y;
  auto& at = *(emulated::Barrier*)barrier;
  at.bytes -= 8, at.advance();
}
DEVICE void barrier_begin(unsigned long long* barrier) {
  emulated::check(barrier, 8);
  *(emulated::Barrier*)barrier = {1, 0, 0};
}
DEVICE void barrier_expect(unsigned long long* barrier, int bytes) {
  auto& at = *(emulated::Barrier*)barrier;
  at.bytes += bytes, --at.pending, at.advance();
}
DEVICE bool barrier_is_through(unsigned long long* barrier, int parity) {
  emulated::rest();
  return (((emulated::Barrier*)barrier)->phase & 1) != parity;
}
DEVICE float approximate_tanh(float x) { return tanhf(x); }
