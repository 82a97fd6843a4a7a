// Mean of -log softmax(logits)[target], with the gradient made in the same pass while a row is in cache.
#include "kernels.h"

namespace {

using namespace sl;

// Writes (softmax - one at the target) * scale into gradient, unless there is none; returns the losses' sum, in row order.
template <typename T>
double rows_of(const at::Tensor& logits, const at::Tensor& targets, int64_t ignored, double scale, at::Tensor* gradient) {
  using W = Wide<T>;
  const int64_t rows = logits.size(0), classes = logits.size(1);
  const T* px = logits.data_ptr<T>();
  const int64_t* pt = targets.data_ptr<int64_t>();
  T* pg = gradient == nullptr ? nullptr : gradient->data_ptr<T>();
  std::vector<double> losses(static_cast<size_t>(rows), 0.0);
  at::parallel_for(0, rows, grain_of(classes), [&](int64_t begin, int64_t end) {
    std::vector<W> scratch(static_cast<size_t>(2 * classes));
    for (int64_t row = begin; row < end; row++) {
      const int64_t target = pt[row];
      if (target == ignored) {
        if (pg != nullptr)
          std::memset(static_cast<void*>(pg + row * classes), 0, static_cast<size_t>(classes) * sizeof(T));
        continue;
      }
      const W* x = read(px + row * classes, scratch.data(), classes);
      W* e = scratch.data() + classes;
      W top = x[0], sum = 0;
#pragma omp simd reduction(max : top)
      for (int64_t i = 0; i < classes; i++)
        top = x[i] > top ? x[i] : top;
#pragma omp simd reduction(+ : sum)
      for (int64_t i = 0; i < classes; i++) {
        e[i] = exponential(x[i] - top);
        sum += e[i];
      }
      losses[static_cast<size_t>(row)] = static_cast<double>(std::log(sum) + top - x[target]);
      if (pg == nullptr)
        continue;
      const W share = static_cast<W>(scale) / sum;
#pragma omp simd
      for (int64_t i = 0; i < classes; i++)
        e[i] *= share;
      e[target] -= static_cast<W>(scale);
      write(pg + row * classes, e, classes);
    }
  });
  double total = 0;
  for (double loss : losses)
    total += loss;
  return total;
}

struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& target, int64_t ignored, bool followed) {
    auto logits = input.contiguous();
    auto targets = target.contiguous();
    const int64_t* pt = targets.data_ptr<int64_t>();
    int64_t counted = 0;
    for (int64_t i = 0; i < targets.numel(); i++) {
      TORCH_CHECK(pt[i] == ignored || (pt[i] >= 0 && pt[i] < logits.size(1)), "cross_entropy: target ", pt[i], " of row ", i,
                  " is out of bounds of ", logits.size(1), " classes");
      counted += pt[i] != ignored;
    }
    at::Tensor gradient;
    if (followed)
      gradient = at::empty_like(logits);
    double total = 0, scale = 1.0 / static_cast<double>(counted);
    SL_DISPATCH(logits.scalar_type(), "cross_entropy",
                [&] { total = rows_of<scalar_t>(logits, targets, ignored, scale, followed ? &gradient : nullptr); });
    if (followed)
      context->save_for_backward({gradient});
    auto wide = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    return at::full({}, total * scale, logits.options().dtype(wide));
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    first_order_only("cross_entropy");
    auto gradient = context->get_saved_variables()[0];
    double outer = grads[0].item<double>();
    return {outer == 1.0 ? gradient : gradient.mul(outer), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

} // namespace

SL_API int32_t sl_cross_entropy_fused(Handle logits, Handle targets, int64_t ignored, Handle* out) {
  return guard([&] {
    TORCH_CHECK(fusable(*logits) && logits->dim() == 2 && logits->size(1) > 0, "cross_entropy: logits are ", logits->sizes(),
                "; expected [rows, classes] of float, double or bfloat16 on the CPU");
    TORCH_CHECK(targets->dim() == 1 && targets->size(0) == logits->size(0) && targets->scalar_type() == at::kLong &&
                    targets->device().is_cpu(),
                "cross_entropy: targets are ", targets->sizes(), " ", targets->scalar_type(), "; expected Long [", logits->size(0), "]");
    *out = give(CrossEntropy::apply(*logits, *targets, ignored, logits->requires_grad() && c10::GradMode::is_enabled()));
  });
}
