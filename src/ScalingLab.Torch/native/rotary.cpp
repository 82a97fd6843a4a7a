// Rotary positions (Su et al. 2021, arXiv:2104.09864), the two halves of a head turned against each other (GPT-NeoX's layout).
#include "kernels.h"

namespace {

using namespace sl;

// x and y: [batch, heads, tokens, head_dim], the last dimension in order; direction -1 turns back, which is the gradient.
template <typename T>
void turn(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines, int direction, at::Tensor& y) {
  using W = Wide<T>;
  const int64_t heads = x.size(1), tokens = x.size(2), half = x.size(3) / 2;
  const T* px = x.data_ptr<T>();
  T* py = y.data_ptr<T>();
  const W* pc = cosines.data_ptr<W>();
  const W* ps = sines.data_ptr<W>();
  auto sx = x.strides(), sy = y.strides();
  at::parallel_for(0, x.size(0) * heads, grain_of(tokens * half * 2), [&](int64_t begin, int64_t end) {
    std::vector<W> scratch(static_cast<size_t>(4 * half));
    for (int64_t item = begin; item < end; item++) {
      for (int64_t token = 0; token < tokens; token++) {
        const T* row = px + (item / heads) * sx[0] + (item % heads) * sx[1] + token * sx[2];
        T* target = py + (item / heads) * sy[0] + (item % heads) * sy[1] + token * sy[2];
        const W* v = read(row, scratch.data(), 2 * half);
        const W* c = pc + token * half;
        const W* s = ps + token * half;
        W* out = scratch.data() + 2 * half;
        if constexpr (std::is_same_v<T, W>)
          out = target;
        const W sign = static_cast<W>(direction);
#pragma omp simd
        for (int64_t i = 0; i < half; i++) {
          W a = v[i], b = v[half + i], sine = sign * s[i];
          out[i] = a * c[i] - b * sine;
          out[half + i] = b * c[i] + a * sine;
        }
        write(target, out, 2 * half);
      }
    }
  });
}

at::Tensor rows_in_order(const at::Tensor& x) { return x.stride(-1) == 1 ? x : x.contiguous(); }

struct Rotary : torch::autograd::Function<Rotary> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& cosines, const at::Tensor& sines) {
    auto x = rows_in_order(input);
    auto wide = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    auto c = cosines.to(wide).contiguous(), s = sines.to(wide).contiguous();
    auto y = at::empty(x.sizes(), x.options());
    SL_DISPATCH(x.scalar_type(), "rotary", [&] { turn<scalar_t>(x, c, s, 1, y); });
    context->save_for_backward({c, s});
    // The gradient is laid out as the input was, so that the reshape behind it needs no copy.
    context->saved_data["token_major"] = x.stride(1) < x.stride(2);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    first_order_only("rotary");
    auto saved = context->get_saved_variables();
    auto dy = rows_in_order(grads[0]);
    auto dx = context->saved_data["token_major"].toBool()
                  ? at::empty({dy.size(0), dy.size(2), dy.size(1), dy.size(3)}, dy.options()).transpose(1, 2)
                  : at::empty(dy.sizes(), dy.options());
    SL_DISPATCH(dy.scalar_type(), "rotary", [&] { turn<scalar_t>(dy, saved[0], saved[1], -1, dx); });
    return {dx, at::Tensor(), at::Tensor()};
  }
};

} // namespace

SL_API int32_t sl_rotary(Handle x, Handle cosines, Handle sines, Handle* out) {
  return guard([&] {
    TORCH_CHECK(fusable(*x) && x->dim() == 4 && x->size(3) % 2 == 0, "rotary: x is ", x->sizes(),
                "; expected [batch, heads, tokens, even head_dim] of float, double or bfloat16 on the CPU");
    for (auto table : {cosines, sines})
      TORCH_CHECK(table->dim() == 2 && table->size(0) == x->size(2) && table->size(1) == x->size(3) / 2, "rotary: a table is ",
                  table->sizes(), "; x is ", x->sizes());
    *out = give(Rotary::apply(*x, *cosines, *sines));
  });
}
