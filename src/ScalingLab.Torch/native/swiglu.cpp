// SwiGLU's gate (Shazeer 2020, arXiv:2002.05202): silu(gate) * up, element by element.
#include "kernels.h"

namespace {

using namespace sl;

constexpr int64_t PIECE = 1024; // Elements widened at once; they stay in the first cache.

// Calls body(widened gate, widened up, offset, count) piece by piece.
template <typename T, typename Body>
void pieces(const at::Tensor& gate, const at::Tensor& up, Body body) {
  using W = Wide<T>;
  const T* pg = gate.data_ptr<T>();
  const T* pu = up.data_ptr<T>();
  const int64_t n = gate.numel();
  at::parallel_for(0, (n + PIECE - 1) / PIECE, GRAIN / PIECE, [&](int64_t begin, int64_t end) {
    W a[PIECE], b[PIECE];
    for (int64_t piece = begin; piece < end; piece++) {
      const int64_t offset = piece * PIECE, count = std::min(PIECE, n - offset);
      body(read(pg + offset, a, count), read(pu + offset, b, count), offset, count);
    }
  });
}

template <typename T>
void forward_pieces(const at::Tensor& gate, const at::Tensor& up, at::Tensor& y) {
  using W = Wide<T>;
  T* py = y.data_ptr<T>();
  pieces<T>(gate, up, [&](const W* g, const W* u, int64_t offset, int64_t count) {
    W out[PIECE];
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
      out[i] = g[i] * u[i] / (1 + exponential(-g[i]));
    write(py + offset, out, count);
  });
}

template <typename T>
void backward_pieces(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& dy, at::Tensor& dgate, at::Tensor& dup) {
  using W = Wide<T>;
  const T* pd = dy.data_ptr<T>();
  T* pg = dgate.data_ptr<T>();
  T* pu = dup.data_ptr<T>();
  pieces<T>(gate, up, [&](const W* g, const W* u, int64_t offset, int64_t count) {
    W wide[PIECE], to_gate[PIECE], to_up[PIECE];
    const W* d = read(pd + offset, wide, count);
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
      W sigmoid = 1 / (1 + exponential(-g[i]));
      to_up[i] = d[i] * g[i] * sigmoid;
      to_gate[i] = d[i] * u[i] * sigmoid * (1 + g[i] * (1 - sigmoid));
    }
    write(pg + offset, to_gate, count);
    write(pu + offset, to_up, count);
  });
}

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const at::Tensor& up) {
    auto g = gate.contiguous(), u = up.contiguous();
    auto y = at::empty_like(g);
    SL_DISPATCH(g.scalar_type(), "swiglu", [&] { forward_pieces<scalar_t>(g, u, y); });
    context->save_for_backward({g, u});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    first_order_only("swiglu");
    auto saved = context->get_saved_variables();
    auto dy = grads[0].contiguous();
    auto dgate = at::empty_like(saved[0]), dup = at::empty_like(saved[1]);
    SL_DISPATCH(dy.scalar_type(), "swiglu", [&] { backward_pieces<scalar_t>(saved[0], saved[1], dy, dgate, dup); });
    return {dgate, dup};
  }
};

} // namespace

SL_API int32_t sl_swiglu(Handle gate, Handle up, Handle* out) {
  return guard([&] {
    TORCH_CHECK(fusable(*gate), "swiglu: float, double or bfloat16 on the CPU");
    TORCH_CHECK(gate->sizes() == up->sizes() && gate->scalar_type() == up->scalar_type(), "swiglu: gate is ", gate->sizes(), " ",
                gate->scalar_type(), ", up is ", up->sizes(), " ", up->scalar_type());
    *out = give(SwiGlu::apply(*gate, *up));
  });
}
