// Updates other than AdamW's, over flat float32 buffers: each number is read and written once.
#include "kernels.h"

#include <algorithm>

namespace {

using namespace sl;

constexpr int64_t PART_CHUNK = 8192;

void check_flat(const char* name, Handle parameter, std::initializer_list<Handle> others) {
  auto flat = [&](Handle x) {
    return x->scalar_type() == at::kFloat && x->device().is_cpu() && x->is_contiguous() && x->numel() == parameter->numel();
  };
  TORCH_CHECK(flat(parameter) && std::all_of(others.begin(), others.end(), flat), name,
              ": every buffer is float32, on the CPU, in order, and as long as the parameter");
}

struct Adam {
  float b1, b2, c1, c2, correction1, correction2, eps, scale;

  Adam(double beta1, double beta2, double epsilon, int64_t step, double grad_scale)
      : b1(static_cast<float>(beta1)), b2(static_cast<float>(beta2)), c1(static_cast<float>(1 - beta1)),
        c2(static_cast<float>(1 - beta2)), correction1(static_cast<float>(1 / (1 - std::pow(beta1, static_cast<double>(step))))),
        correction2(static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, static_cast<double>(step))))),
        eps(static_cast<float>(epsilon)), scale(static_cast<float>(grad_scale)) {}

  float direction(float m, float v) const { return correction1 * m / (std::sqrt(v) * correction2 + eps); }
};

// LAMB on one tensor of the flat buffers: moments and both norms in a first pass, the step in a second.
void lamb_part(float* p, const float* g, float* m, float* v, int64_t n, const Adam& adam, double lr, double weight_decay) {
  const float decay = static_cast<float>(weight_decay);
  const int64_t chunks = (n + PART_CHUNK - 1) / PART_CHUNK;
  std::vector<double> weights(static_cast<size_t>(chunks)), updates(static_cast<size_t>(chunks));
  at::parallel_for(0, chunks, 2, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; chunk++) {
      const int64_t first = chunk * PART_CHUNK, last = std::min(n, first + PART_CHUNK);
      double weight = 0, update = 0;
#pragma omp simd reduction(+ : weight, update)
      for (int64_t i = first; i < last; i++) {
        float gradient = g[i] * adam.scale;
        m[i] = adam.b1 * m[i] + adam.c1 * gradient;
        v[i] = adam.b2 * v[i] + adam.c2 * gradient * gradient;
        double u = adam.direction(m[i], v[i]) + decay * p[i], w = p[i];
        weight += w * w;
        update += u * u;
      }
      weights[static_cast<size_t>(chunk)] = weight;
      updates[static_cast<size_t>(chunk)] = update;
    }
  });
  double weight = 0, update = 0;
  for (int64_t chunk = 0; chunk < chunks; chunk++) {
    weight += weights[static_cast<size_t>(chunk)];
    update += updates[static_cast<size_t>(chunk)];
  }
  const float rate = static_cast<float>(weight > 0 && update > 0 ? lr * std::sqrt(weight / update) : lr);
  at::parallel_for(0, n, GRAIN, [&](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; i++)
      p[i] -= rate * (adam.direction(m[i], v[i]) + decay * p[i]);
  });
}

} // namespace

// Chen et al. 2023 (arXiv:2302.06675), algorithm 2.
SL_API int32_t sl_lion_(Handle parameter, Handle grad, Handle mean, double lr, double beta1, double beta2, double weight_decay,
                        double grad_scale) {
  return guard([&] {
    check_flat("lion_", parameter, {grad, mean});
    const float b1 = static_cast<float>(beta1), c1 = static_cast<float>(1 - beta1), b2 = static_cast<float>(beta2),
                c2 = static_cast<float>(1 - beta2), rate = static_cast<float>(lr), shrink = static_cast<float>(lr * weight_decay),
                scale = static_cast<float>(grad_scale);
    auto* p = parameter->data_ptr<float>();
    const auto* g = grad->data_ptr<float>();
    auto* m = mean->data_ptr<float>();
    at::parallel_for(0, parameter->numel(), GRAIN, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) {
        float gradient = g[i] * scale;
        float direction = b1 * m[i] + c1 * gradient;
        m[i] = b2 * m[i] + c2 * gradient;
        float sign = (direction > 0 ? 1.0f : 0.0f) - (direction < 0 ? 1.0f : 0.0f);
        p[i] = p[i] - shrink * p[i] - rate * sign;
      }
    });
  });
}

// Polyak's heavy ball, velocity = momentum velocity + gradient; decay apart from the gradient.
SL_API int32_t sl_sgd_(Handle parameter, Handle grad, Handle velocity, double lr, double momentum, double weight_decay,
                       double grad_scale) {
  return guard([&] {
    check_flat("sgd_", parameter, {grad, velocity});
    const float mu = static_cast<float>(momentum), rate = static_cast<float>(lr), shrink = static_cast<float>(lr * weight_decay),
                scale = static_cast<float>(grad_scale);
    auto* p = parameter->data_ptr<float>();
    const auto* g = grad->data_ptr<float>();
    auto* v = velocity->data_ptr<float>();
    at::parallel_for(0, parameter->numel(), GRAIN, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) {
        v[i] = mu * v[i] + g[i] * scale;
        p[i] = p[i] - shrink * p[i] - rate * v[i];
      }
    });
  });
}

// You et al. 2020 (arXiv:1904.00962), algorithm 2, over consecutive parts of the buffers: lengths and decays [parts].
SL_API int32_t sl_lamb_(Handle parameter, Handle grad, Handle mean, Handle square, const int64_t* lengths, const double* decays,
                        int32_t parts, double lr, double beta1, double beta2, double eps, int64_t step, double grad_scale) {
  return guard([&] {
    check_flat("lamb_", parameter, {grad, mean, square});
    TORCH_CHECK(step >= 1, "lamb_: steps count from 1");
    int64_t total = 0;
    for (int32_t part = 0; part < parts; part++)
      total += lengths[part];
    TORCH_CHECK(total == parameter->numel(), "lamb_: the parts are ", total, " long together, the parameter ", parameter->numel());
    const Adam adam(beta1, beta2, eps, step, grad_scale);
    int64_t first = 0;
    for (int32_t part = 0; part < parts; first += lengths[part++])
      lamb_part(parameter->data_ptr<float>() + first, grad->data_ptr<float>() + first, mean->data_ptr<float>() + first,
                square->data_ptr<float>() + first, lengths[part], adam, lr, decays[part]);
  });
}

// Nesterov's momentum (Jordan et al. 2024): momentum = mu momentum + gradient; direction = gradient + mu momentum.
SL_API int32_t sl_nesterov_(Handle grad, Handle momentum, Handle direction, double mu, double grad_scale) {
  return guard([&] {
    check_flat("nesterov_", grad, {momentum, direction});
    const float decay = static_cast<float>(mu), scale = static_cast<float>(grad_scale);
    const auto* g = grad->data_ptr<float>();
    auto* m = momentum->data_ptr<float>();
    auto* d = direction->data_ptr<float>();
    at::parallel_for(0, grad->numel(), GRAIN, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) {
        float gradient = g[i] * scale;
        m[i] = decay * m[i] + gradient;
        d[i] = gradient + decay * m[i];
      }
    });
  });
}

// x [.., rows, columns] towards the nearest matrix with orthonormal rows or columns (Jordan et al. 2024): products only, on any device.
SL_API int32_t sl_orthogonalize(Handle x, int32_t iterations, Handle* out) {
  return guard([&] {
    TORCH_CHECK(x->dim() >= 2, "orthogonalize: matrices, [.., rows, columns]");
    constexpr double A = 3.4445, B = -4.7750, C = 2.0315, TINY = 1e-7;
    const bool tall = x->size(-2) > x->size(-1);
    auto y = tall ? x->transpose(-2, -1).contiguous() : *x;
    y = y / (y.square().sum({-2, -1}, true).sqrt() + TINY);
    for (int32_t i = 0; i < iterations; i++) {
      auto square = at::matmul(y, y.transpose(-2, -1));
      auto polynomial = square * B + at::matmul(square, square) * C;
      y = y * A + at::matmul(polynomial, y);
    }
    *out = give(tall ? y.transpose(-2, -1).contiguous() : y);
  });
}
