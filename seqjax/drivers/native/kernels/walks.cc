// Whole walks over time on CPU, their packed weights and large products, as calls for XLA. The
// gradients of weights and inputs are products of what the walks leave.
#include "backward.h"
#include "blas.h"
#include "forward.h"
#include "pack.h"
#include "share.h"

using Floats = ffi::Buffer<ffi::F32>;
using Marks = ffi::Buffer<ffi::PRED>;
using Out = ffi::ResultBuffer<ffi::F32>;

namespace {

const bool* marks(const Marks& m) { return m.element_count() ? m.typed_data() : nullptr; }

void copy(Out& to, const Floats& from) {
  if (to->typed_data() != from.typed_data() && from.element_count())
    std::memcpy(to->typed_data(), from.typed_data(), 4 * from.element_count());
}

template <class Cell>
ffi::Error walk(ffi::ThreadPool pool, Floats z, Floats x, Floats w_x, Floats b, Floats w,
                Floats bias, Floats h, Floats c, Floats h_start, Floats c_start, Marks real,
                Marks restarts, Out acts, Out extra, Out h_kept, Out c_kept, Out hs, Out h_end,
                Out c_end, bool reverse, bool keep) {
  Walk a{};
  a.steps = x.dimensions()[0], a.batch = x.dimensions()[1], a.inputs = x.dimensions()[2];
  a.units = h.dimensions()[1], a.x = x.typed_data(), a.w_x = w_x.typed_data(), a.b = b.typed_data();
  a.z = z.element_count() ? z.typed_data() : nullptr;
  a.reverse = reverse, a.keep = keep, a.real = marks(real), a.restarts = marks(restarts);
  a.w = w.typed_data(), a.bias = bias.element_count() ? bias.typed_data() : nullptr;
  a.h_start = h_start.typed_data(), a.c_start = c_start.typed_data();
  a.acts = acts->typed_data(), a.extra = extra->typed_data(), a.hs = hs->typed_data();
  a.h = h_kept->typed_data(), a.c = c_kept->typed_data();
  a.h_end = h_end->typed_data(), a.c_end = c_end->typed_data();
  for (int64_t r = 0; r < a.batch; ++r)
    for (int64_t j = 0; j < a.units; j += LANES) {
      const int64_t at = r * a.units + j, n = a.units - j;
      hand_on<Cell>(a, 0, r, j, load(h.typed_data() + at, n),
                    Cell::MEMORY ? load(c.typed_data() + at, n) : Vec{});
    }
  share<Forward, Cell>(pool, a);
  return ffi::Error::Success();
}

template <class Cell>
ffi::Error walk_back(ffi::ThreadPool pool, Floats acts, Floats w, Floats extra, Floats h, Floats c,
                     Floats dhs, Floats dh, Floats dc, Marks real, Marks restarts, Out dz, Out du,
                     Out dh0, Out dc0, Out dh_start, Out dc_start, bool reverse) {
  Walk a{};
  a.steps = acts.dimensions()[0], a.batch = acts.dimensions()[1], a.units = dh.dimensions()[1];
  a.reverse = reverse, a.keep = true, a.real = marks(real), a.restarts = marks(restarts);
  a.w = w.typed_data(), a.dhs = dhs.typed_data(), a.extra = extra.typed_data();
  a.h = h.typed_data(), a.c = c.typed_data(), a.acts = dz->typed_data(), a.du = du->typed_data();
  a.h_end = dh0->typed_data(), a.c_end = dc0->typed_data();
  a.dh_start = dh_start->typed_data(), a.dc_start = dc_start->typed_data();
  copy(dz, acts), copy(dh0, dh), copy(dc0, dc);
  std::memset(a.dh_start, 0, 4 * dh_start->element_count());
  std::memset(a.dc_start, 0, 4 * dc_start->element_count());
  share<Backward, Cell>(pool, a);
  return ffi::Error::Success();
}

ffi::Error product_of(ffi::ThreadPool pool, Floats x, Floats y, Out out, bool transpose_x, bool transpose_y) {
  const auto of = [](Floats& a, bool transposed) {
    return Factor{a.typed_data(), a.dimensions()[0], a.dimensions()[1], transposed};
  };
  const int64_t m = out->dimensions()[0], n = out->dimensions()[1];
  multiply(pool, of(x, transpose_x), of(y, transpose_y), out->typed_data(), m, n);
  return ffi::Error::Success();
}

ffi::Error pack_weight(ffi::ThreadPool pool, Floats w, Out out, bool transposed) {
  const int64_t gates = out->dimensions()[1], k = out->dimensions()[2];
  const int64_t units = w.element_count() / k / gates;
  pack(pool, w.typed_data(), out->typed_data(), gates, units, k, transposed);
  return ffi::Error::Success();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(product_by_blas, product_of,
                              ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Arg<Floats>()
                                  .Ret<Floats>().Attr<bool>("transpose_x").Attr<bool>("transpose_y"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(packed_weight, pack_weight,
                              ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Ret<Floats>()
                                  .Attr<bool>("transposed"));

#define WALKS(NAME, CELL)                                                                       \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(                                                                \
      NAME##_forward, walk<CELL>,                                                               \
      ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Arg<Floats>().Arg<Floats>()         \
          .Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>()  \
          .Arg<Floats>().Arg<Marks>().Arg<Marks>().Ret<Floats>().Ret<Floats>().Ret<Floats>()    \
          .Ret<Floats>().Ret<Floats>()                                                          \
          .Ret<Floats>().Ret<Floats>().Attr<bool>("reverse").Attr<bool>("keep"));               \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(                                                                \
      NAME##_backward, walk_back<CELL>,                                                         \
      ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Arg<Floats>().Arg<Floats>()         \
          .Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Marks>()   \
          .Arg<Marks>().Ret<Floats>().Ret<Floats>().Ret<Floats>().Ret<Floats>().Ret<Floats>()   \
          .Ret<Floats>().Attr<bool>("reverse"))

WALKS(lstm, Lstm);
WALKS(gru, Gru);
WALKS(rnn, Rnn);

extern "C" int panel() { return PANEL; }

extern "C" void use_blas(const Blas* found) { blas = *found; }
