#include "blocks.h"

namespace sl::cuda {

namespace {

constexpr int THREADS = 256; // as in norm.cu and sums.cu

Code code_for(const at::Tensor& x, const Norm& norm) {
  return {"norm.cu", type_of(x) + " WIDTH=" + std::to_string(x.size(1)) + (norm.is_layer ? " LAYER" : "") +
                         (norm.bias.value.defined() ? " BIAS" : "")};
}

int64_t rows_a_block(const at::Tensor& x) { return x.size(1) <= 1024 ? THREADS / 32 : 1; }

// Enough blocks to fill the device and no more: each keeps the weights in registers while it goes through its rows.
int64_t blocks_for(const at::Tensor& x, int each) {
  auto rows = rows_a_block(x);
  return std::min<int64_t>((x.size(0) + rows - 1) / rows, int64_t(each) * multiprocessors());
}

const void* pointer(const at::Tensor& x) { return x.defined() ? x.data_ptr() : nullptr; }

} // namespace

std::pair<at::Tensor, at::Tensor> norm_forward(const at::Tensor& x, const Norm& norm) {
  if (!norm.is_there())
    return {x, at::empty({0}, x.options().dtype(at::kFloat))};
  auto y = at::empty_like(x);
  auto statistics = at::empty({norm.is_layer ? 2 * x.size(0) : x.size(0)}, x.options().dtype(at::kFloat));
  run(code_for(x, norm), "norm_forward", blocks_for(x, 8), THREADS, x.data_ptr(), norm.gain.value.data_ptr(), pointer(norm.bias.value),
      y.data_ptr(), statistics.data_ptr(), x.size(0), static_cast<float>(norm.eps));
  return {y, statistics};
}

at::Tensor norm_backward(const at::Tensor& x, const Norm& norm, const at::Tensor& statistics, const at::Tensor& dy, const at::Tensor& residual,
                         const at::Tensor& upstream, bool again) {
  auto dx = at::empty_like(x);
  auto blocks = blocks_for(x, 2);
  const bool has_bias = norm.bias.value.defined();
  auto partial = at::empty({has_bias ? 2 : 1, blocks, x.size(1)}, x.options().dtype(at::kFloat));
  run(code_for(x, norm), "norm_backward", blocks, THREADS, x.data_ptr(), norm.gain.value.data_ptr(), pointer(norm.bias.value),
      statistics.data_ptr(), dy.data_ptr(), again ? dy.data_ptr() : nullptr, pointer(residual), dx.data_ptr(), partial.data_ptr(), x.size(0),
      pointer(upstream));
  add_partials(partial[0], norm.gain.gradient);
  if (has_bias)
    add_partials(partial[1], norm.bias.gradient);
  return dx;
}

at::Tensor normed_linear_backward(const at::Tensor& x, const Norm& norm, const at::Tensor& statistics, const Linear& linear, const at::Tensor& dy,
                                  const at::Tensor& residual) {
  auto dz = at::empty_like(x);
  if (!norm.is_there()) {
    multiply(dz, {dy}, {linear.matrix.value}, residual);
    linear_gradients(linear, dy, x);
    return dz;
  }
  multiply(dz, {dy}, {linear.matrix.value});
  auto dx = norm_backward(x, norm, statistics, dz, residual);
  linear_gradients(linear, dy, dz);
  return dx;
}

void add_column_sums(const at::Tensor& x, const at::Tensor& gradient) {
  const int64_t rows = x.size(0), width = x.size(1);
  const int64_t columns = width % 8 == 0 ? 32 * 8 : 32, parts = (width + columns - 1) / columns;
  const int64_t most = std::max<int64_t>(1, int64_t(4) * multiprocessors() / parts), slices = std::min((rows + 7) / 8, most);
  auto partial = at::empty({slices, width}, x.options().dtype(at::kFloat));
  run({"sums.cu", type_of(x) + (width % 8 == 0 ? " BY_EIGHT" : "")}, "column_sums", parts * slices, THREADS, x.data_ptr(), partial.data_ptr(),
      rows, static_cast<int>(width), static_cast<int>(slices));
  add_partials(partial, gradient);
}

void add_partials(const at::Tensor& partial, const at::Tensor& gradient) {
  const int64_t slices = partial.size(0), width = partial.size(1);
  run({"sums.cu", "FLOAT"}, "add_partials", (width + 31) / 32, THREADS, partial.data_ptr(), gradient.data_ptr(), static_cast<int>(slices),
      static_cast<int>(width));
}

} // namespace sl::cuda
