// RMSNorm (Zhang and Sennrich 2019, arXiv:1910.07467): y = x / sqrt(mean(x^2) + eps) * weight, over the last dimension.
#include "kernels.h"

namespace {

using namespace sl;

constexpr int64_t CHUNK_ROWS = 128; // Rows whose share of the weight's gradient is summed together.

template <typename T>
void forward_rows(const at::Tensor& x, const at::Tensor& weight, double eps, at::Tensor& y, at::Tensor& scale) {
  using W = Wide<T>;
  const int64_t width = x.size(-1), rows = x.numel() / std::max<int64_t>(1, width);
  const T* px = x.data_ptr<T>();
  const T* pw = weight.data_ptr<T>();
  T* py = y.data_ptr<T>();
  W* ps = scale.data_ptr<W>();
  at::parallel_for(0, rows, grain_of(width), [&](int64_t begin, int64_t end) {
    std::vector<W> scratch(static_cast<size_t>(3 * width));
    const W* w = read(pw, scratch.data(), width);
    W* out = scratch.data() + 2 * width;
    for (int64_t row = begin; row < end; row++) {
      const W* v = read(px + row * width, scratch.data() + width, width);
      W sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t i = 0; i < width; i++)
        sum += v[i] * v[i];
      W r = 1 / std::sqrt(sum / static_cast<W>(width) + static_cast<W>(eps));
      ps[row] = r;
      W* target = out;
      if constexpr (std::is_same_v<T, W>)
        target = py + row * width;
#pragma omp simd
      for (int64_t i = 0; i < width; i++)
        target[i] = v[i] * r * w[i];
      write(py + row * width, target, width);
    }
  });
}

template <typename T>
void backward_rows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& scale, const at::Tensor& dy, at::Tensor& dx,
                   at::Tensor& dweight) {
  using W = Wide<T>;
  const int64_t width = x.size(-1), rows = x.numel() / std::max<int64_t>(1, width);
  const int64_t chunks = (rows + CHUNK_ROWS - 1) / CHUNK_ROWS;
  std::vector<W> partial(static_cast<size_t>(chunks * width), W(0));
  const T* px = x.data_ptr<T>();
  const T* pw = weight.data_ptr<T>();
  const T* pdy = dy.data_ptr<T>();
  const W* ps = scale.data_ptr<W>();
  T* pdx = dx.data_ptr<T>();
  at::parallel_for(0, chunks, std::max<int64_t>(1, grain_of(width) / CHUNK_ROWS), [&](int64_t begin, int64_t end) {
    std::vector<W> scratch(static_cast<size_t>(4 * width));
    const W* w = read(pw, scratch.data(), width);
    for (int64_t chunk = begin; chunk < end; chunk++) {
      W* sums = partial.data() + chunk * width;
      for (int64_t row = chunk * CHUNK_ROWS; row < std::min(rows, (chunk + 1) * CHUNK_ROWS); row++) {
        const W* v = read(px + row * width, scratch.data() + width, width);
        const W* g = read(pdy + row * width, scratch.data() + 2 * width, width);
        W r = ps[row], dot = 0;
#pragma omp simd reduction(+ : dot)
        for (int64_t i = 0; i < width; i++)
          dot += g[i] * w[i] * v[i];
        W back = r * r * r * dot / static_cast<W>(width);
        W* target = scratch.data() + 3 * width;
        if constexpr (std::is_same_v<T, W>)
          target = pdx + row * width;
#pragma omp simd
        for (int64_t i = 0; i < width; i++) {
          sums[i] += g[i] * v[i] * r;
          target[i] = r * g[i] * w[i] - back * v[i];
        }
        write(pdx + row * width, target, width);
      }
    }
  });
  for (int64_t chunk = 1; chunk < chunks; chunk++)
    for (int64_t i = 0; i < width; i++)
      partial[static_cast<size_t>(i)] += partial[static_cast<size_t>(chunk * width + i)];
  if (chunks > 0)
    write(dweight.data_ptr<T>(), partial.data(), width);
}

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, double eps) {
    auto x = input.contiguous();
    auto w = weight.to(x.scalar_type()).contiguous();
    auto y = at::empty_like(x);
    auto scale = at::empty({x.numel() / std::max<int64_t>(1, x.size(-1))},
                           x.options().dtype(x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat));
    SL_DISPATCH(x.scalar_type(), "rms_norm", [&] { forward_rows<scalar_t>(x, w, eps, y, scale); });
    context->save_for_backward({x, weight, scale});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    first_order_only("rms_norm");
    auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    auto w = saved[1].to(x.scalar_type()).contiguous();
    auto dy = grads[0].contiguous();
    auto dx = at::empty_like(x);
    auto dweight = at::zeros_like(w);
    SL_DISPATCH(x.scalar_type(), "rms_norm", [&] { backward_rows<scalar_t>(x, w, saved[2], dy, dx, dweight); });
    return {dx, dweight.to(saved[1].scalar_type()), at::Tensor()};
  }
};

} // namespace

SL_API int32_t sl_rms_norm(Handle x, Handle weight, double eps, Handle* out) {
  return guard([&] {
    TORCH_CHECK(fusable(*x) && x->dim() > 0, "rms_norm: float, double or bfloat16 on the CPU, of at least one dimension");
    TORCH_CHECK(weight->dim() == 1 && weight->size(0) == x->size(-1), "rms_norm: weight is ", weight->sizes(), ", x is ", x->sizes());
    *out = give(RmsNorm::apply(*x, *weight, eps));
  });
}
