// Products of large matrices by the BLAS library that comes with scipy, one thread of XLA's for
// each part of the result. The library's own threads would wait for work beside XLA's.
#pragma once

#include <algorithm>
#include <mutex>

#include "share.h"

// sgemm and the calls for the number of threads, as OpenBLAS has them.
struct Blas {
  void (*gemm)(const char*, const char*, const int*, const int*, const int*, const float*,
               const float*, const int*, const float*, const int*, const float*, float*,
               const int*);
  int (*threads)();
  void (*set_threads)(int);
};
inline Blas blas;

// While one is there the library works in the thread that calls it.
class Alone {
 public:
  Alone() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (users_++ == 0) before_ = blas.threads(), blas.set_threads(1);
  }
  ~Alone() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--users_ == 0) blas.set_threads(before_);
  }

 private:
  static inline std::mutex mutex_;
  static inline int users_ = 0, before_ = 1;
};

// A matrix [rows, columns] that is a factor as it is or ``transposed`` round.
struct Factor {
  const float* p;
  int64_t rows, columns;
  bool transposed;
  const float* row(int64_t i) const { return p + (transposed ? i : i * columns); }
  const float* column(int64_t j) const { return p + (transposed ? j * columns : j); }
};

// out [m, n] = x . y, of which each thread makes some rows, or columns if there are more of these.
inline void multiply(const Pool& pool, Factor x, Factor y, float* out, int64_t m, int64_t n) {
  const int64_t k = x.transposed ? x.rows : x.columns, parts = pool.threads;
  const Alone alone;
  gather(pool, parts, 1, parts, [=](Crew& crew, int me) {
    crew.work(me, [&](int64_t, int64_t i) {
      const bool by_rows = m > n;
      auto edge = [=](int64_t all, int64_t i) {
        return std::min(all, (all * i / parts + PANEL - 1) / PANEL * PANEL);
      };
      const int64_t row = by_rows ? edge(m, i) : 0, column = by_rows ? 0 : edge(n, i);
      const int rows = (by_rows ? edge(m, i + 1) : m) - row, sum = k;
      const int columns = (by_rows ? n : edge(n, i + 1)) - column;
      if (rows == 0 || columns == 0) return;
      const int x_width = x.columns, y_width = y.columns, width = n;
      const float one = 1, zero = 0;
      // Columns come first there: it makes the transpose of what is asked for.
      blas.gemm(y.transposed ? "T" : "N", x.transposed ? "T" : "N", &columns, &rows, &sum, &one,
                y.column(column), &y_width, x.row(row), &x_width, &zero,
                out + row * n + column, &width);
    });
  });
}
