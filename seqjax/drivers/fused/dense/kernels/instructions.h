// What the kernels ask of the device: PTX, or the same on a CPU (EMULATED), where tests run them.
#pragma once

typedef unsigned int Word;  // two numbers of 16 bits, or one of tf32
struct alignas(16) Fragment {
  Word word[4];
};
constexpr Word UNWRITTEN = 0xffffffffu;  // NaNs that no rounding makes, and the largest word

#ifdef EMULATED
#include "emulation.h"
#else
#define DEVICE __device__ __forceinline__
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads, 1)
#define PARAMETER const __grid_constant__
#define SHARED(name) extern __shared__ __align__(16) unsigned char name[]
typedef unsigned int Remote;  // an address in the shared memory of another block

DEVICE int thread_index() { return threadIdx.x; }
DEVICE int block_index() { return blockIdx.x; }
DEVICE int group_index() { return blockIdx.y; }
DEVICE int groups() { return gridDim.y; }
DEVICE int cluster_rank() {
  int rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

// Words that blocks exchange, past the caches of a multiprocessor.
DEVICE Fragment load_exchanged(const void* p) {
  Fragment f;
  asm volatile("ld.relaxed.gpu.global.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(f.word[0]), "=r"(f.word[1]), "=r"(f.word[2]), "=r"(f.word[3])
               : "l"(p) : "memory");
  return f;
}
DEVICE void store_exchanged(void* p, Word word) {
  asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(p), "r"(word) : "memory");
}
DEVICE int load_flag(const int* p) {
  int flag;
  asm volatile("ld.relaxed.gpu.global.s32 %0, [%1];" : "=r"(flag) : "l"(p) : "memory");
  return flag;
}
DEVICE void store_flag(int* p, int flag) { atomicExch(p, flag); }
DEVICE void store_to_host(int* p, int flag) {
  asm volatile("st.relaxed.sys.global.s32 [%0], %1;" ::"l"(p), "r"(flag) : "memory");
}

// What is read once, and asked for early.
DEVICE float load_once(const float* p) {
  float x;
  asm volatile("ld.global.nc.L1::no_allocate.f32 %0, [%1];" : "=f"(x) : "l"(p));
  return x;
}
DEVICE void prefetch(const void* p) { asm volatile("prefetch.global.L2 [%0];" ::"l"(p)); }

struct Bfloat16 {
  static DEVICE Word pack(float low, float high) {
    Word word;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    return word;
  }
  static DEVICE void multiply_add(float* sum, const Fragment& a, const Word* b) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"
        " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a.word[0]), "r"(a.word[1]), "r"(a.word[2]), "r"(a.word[3]), "r"(b[0]), "r"(b[1]));
  }
};
struct Float16 {
  static DEVICE Word pack(float low, float high) {
    Word word;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    return word;
  }
  static DEVICE void multiply_add(float* sum, const Fragment& a, const Word* b) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
        " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a.word[0]), "r"(a.word[1]), "r"(a.word[2]), "r"(a.word[3]), "r"(b[0]), "r"(b[1]));
  }
};
DEVICE void multiply_add_of_tf32(float* sum, const Fragment& a, const Word* b) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"
      " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a.word[0]), "r"(a.word[1]), "r"(a.word[2]), "r"(a.word[3]), "r"(b[0]), "r"(b[1]));
}

DEVICE bool any_of_warp(bool x) { return __any_sync(0xffffffffu, x); }
DEVICE float of_neighbour(float x) { return __shfl_xor_sync(0xffffffffu, x, 1); }
DEVICE void block_sync() { __syncthreads(); }
DEVICE void cluster_sync() {
  asm volatile(
      "barrier.cluster.arrive.release.aligned;\n"
      "barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// Floats sent to another block of the cluster, and a barrier there that counts their bytes.
DEVICE Word shared_address(const void* p) { return (Word)__cvta_generic_to_shared(p); }
DEVICE Remote remote(const void* p, int rank) {
  Remote at;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;"
               : "=r"(at) : "r"(shared_address(p)), "r"(rank));
  return at;
}
DEVICE void send(Remote to, float x, float y, Remote barrier) {
  asm volatile(
      "st.async.shared::cluster.mbarrier::complete_tx::bytes.v2.f32 [%0], {%1,%2}, [%3];" ::"r"(to),
      "f"(x), "f"(y), "r"(barrier) : "memory");
}
DEVICE void barrier_begin(unsigned long long* barrier) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(barrier)));
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
DEVICE void barrier_expect(unsigned long long* barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                   shared_address(barrier)), "r"(bytes) : "memory");
}
DEVICE bool barrier_is_through(unsigned long long* barrier, int parity) {
  Word through;
  asm volatile(
      "{\n.reg .pred p;\n"
      "mbarrier.test_wait.parity.shared::cta.b64 p, [%1], %2;\n"
      "selp.u32 %0, 1, 0, p;\n}"
      : "=r"(through) : "r"(shared_address(barrier)), "r"(parity) : "memory");
  return through;
}
DEVICE float nan_number() { return __uint_as_float(0x7fffffffu); }
DEVICE Word bits_of(float x) { return __float_as_uint(x); }
DEVICE float approximate_tanh(float x) {
  float y;
  asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
#endif

// float32 rounded to 10 bits of mantissa, to the nearest and ties away from 0; one number a word.
struct Tf32 {
  static DEVICE Word pack(float x, float) {
    return x != x ? 0x7fffe000u : (bits_of(x) + 0x1000u) & 0xffffe000u;
  }
  static DEVICE void multiply_add(float* sum, const Fragment& a, const Word* b) {
    multiply_add_of_tf32(sum, a, b);
  }
};
