// The optimizer's pass over flat buffers, and the norm that clipping needs.
#include "kernels.h"

namespace {

using namespace sl;

template <typename G>
void step_rows(float* p, const G* g, float* m, float* v, const float* mask, int64_t n, double lr, double beta1, double beta2,
               double eps, double weight_decay, int64_t step, double grad_scale) {
  const float correction1 = static_cast<float>(lr / (1 - std::pow(beta1, static_cast<double>(step))));
  const float correction2 = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, static_cast<double>(step))));
  const float b1 = static_cast<float>(beta1), b2 = static_cast<float>(beta2), e = static_cast<float>(eps);
  const float c1 = static_cast<float>(1 - beta1), c2 = static_cast<float>(1 - beta2);
  const float decay = static_cast<float>(lr * weight_decay), scale = static_cast<float>(grad_scale);
  at::parallel_for(0, n, GRAIN, [&](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; i++) {
      float gradient;
      if constexpr (std::is_same_v<G, float>)
        gradient = g[i] * scale;
      else
        gradient = widen(g[i]) * scale;
      float shrink = mask == nullptr ? decay : decay * mask[i];
      m[i] = b1 * m[i] + c1 * gradient;
      v[i] = b2 * v[i] + c2 * gradient * gradient;
      p[i] = p[i] - shrink * p[i] - correction1 * m[i] / (std::sqrt(v[i]) * correction2 + e);
    }
  });
}

constexpr int64_t NORM_CHUNK = 8192;

template <typename T>
double square(T x) {
  double value;
  if constexpr (std::is_same_v<T, c10::BFloat16>)
    value = widen(x);
  else
    value = x;
  return value * value;
}

template <typename T>
double squared_norm(const T* x, int64_t n) {
  const int64_t chunks = (n + NORM_CHUNK - 1) / NORM_CHUNK;
  std::vector<double> partial(static_cast<size_t>(chunks));
  at::parallel_for(0, chunks, 2, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; chunk++) {
      // Many sums side by side: one alone would wait for each addition to end before the next.
      constexpr int64_t SIDES = 32;
      double sums[SIDES] = {};
      const T* first = x + chunk * NORM_CHUNK;
      const int64_t count = std::min(NORM_CHUNK, n - chunk * NORM_CHUNK);
      int64_t i = 0;
      for (; i + SIDES <= count; i += SIDES) {
#pragma omp simd
        for (int64_t side = 0; side < SIDES; side++)
          sums[side] += square(first[i + side]);
      }
      double sum = 0;
      for (; i < count; i++)
        sum += square(first[i]);
      for (double side : sums)
        sum += side;
      partial[static_cast<size_t>(chunk)] = sum;
    }
  });
  double total = 0;
  for (double sum : partial)
    total += sum;
  return total;
}

} // namespace

// Loshchilov and Hutter 2019 (arXiv:1711.05101): decay apart from the gradient; one read and one write of each buffer.
SL_API int32_t sl_adamw_(Handle parameter, Handle grad, Handle mean, Handle square, Handle mask, double lr, double beta1, double beta2,
                         double eps, double weight_decay, int64_t step, double grad_scale) {
  return guard([&] {
    for (auto buffer : {parameter, mean, square, mask}) {
      if (buffer != nullptr)
        TORCH_CHECK(buffer->scalar_type() == at::kFloat && buffer->device().is_cpu() && buffer->is_contiguous() &&
                        buffer->numel() == parameter->numel(),
                    "adamw_: every buffer is float32, on the CPU, in order, and as long as the parameter");
    }
    TORCH_CHECK(grad->device().is_cpu() && grad->is_contiguous() && grad->numel() == parameter->numel(),
                "adamw_: the gradient is on the CPU, in order, and as long as the parameter");
    TORCH_CHECK(step >= 1, "adamw_: steps count from 1");
    auto update = [&](auto* g) {
      step_rows(parameter->data_ptr<float>(), g, mean->data_ptr<float>(), square->data_ptr<float>(),
                mask == nullptr ? nullptr : mask->data_ptr<float>(), parameter->numel(), lr, beta1, beta2, eps, weight_decay, step,
                grad_scale);
    };
    if (grad->scalar_type() == at::kBFloat16)
      update(grad->data_ptr<c10::BFloat16>());
    else
      update(grad->data_ptr<float>());
  });
}

SL_API int32_t sl_squared_norm(Handle x, double* out) {
  return guard([&] {
    TORCH_CHECK(fusable(*x), "squared_norm: float, double or bfloat16 on the CPU");
    auto ordered = x->contiguous();
    SL_DISPATCH(ordered.scalar_type(), "squared_norm", [&] { *out = squared_norm(ordered.data_ptr<scalar_t>(), ordered.numel()); });
  });
}
