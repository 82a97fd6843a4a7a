// The gradient's norm and the updates, without a word to the host: what a captured step needs.
#include "compiler.h"

namespace {

using namespace sl;
using namespace sl::cuda;

constexpr int THREADS = 256; // as in optimizer.cu

int64_t blocks_for(int64_t n, int each) {
  return std::max<int64_t>(1, std::min<int64_t>((n / 4 + THREADS - 1) / THREADS, int64_t(each) * multiprocessors()));
}

bool flat_float(const at::Tensor& x) { return x.is_cuda() && x.scalar_type() == at::kFloat && x.is_contiguous(); }

// Every buffer float, in order, on the device and of one length, the copy as long; the macro of the copy's type.
Code checked(const char* name, std::initializer_list<Handle> buffers, Handle copy, Handle norm) {
  const auto n = (*buffers.begin())->numel();
  for (auto buffer : buffers)
    TORCH_CHECK(flat_float(*buffer) && buffer->numel() == n, name, ": every buffer is float, in order, on the device, and of one length");
  TORCH_CHECK(flat_float(*norm), name, ": the norm is float [1]");
  TORCH_CHECK(copy == nullptr || (copy->is_cuda() && copy->is_contiguous() && copy->numel() == n), name, ": the copy is as long as the parameter");
  return {"optimizer.cu", copy == nullptr ? "FLOAT" : type_of(*copy)};
}

// The same where the step's numbers are read too.
Code checked(const char* name, std::initializer_list<Handle> buffers, Handle copy, Handle control, Handle norm) {
  TORCH_CHECK(flat_float(*control) && control->numel() >= 3, name, ": control is float [3]");
  return checked(name, buffers, copy, norm);
}

void* pointer(Handle x) { return x == nullptr ? nullptr : x->data_ptr(); }

float narrowed(double x) { return static_cast<float>(x); }

bool on_16_bytes(const at::Tensor& x) { return reinterpret_cast<uintptr_t>(x.data_ptr()) % 16 == 0; }

} // namespace

// norm [1] = sqrt(sum x^2).
SL_API int32_t sl_cuda_norm(Handle x, Handle norm) {
  return guard([&] {
    TORCH_CHECK(flat_float(*x) && on_16_bytes(*x) && flat_float(*norm), "norm: float on a CUDA device, in order");
    auto blocks = blocks_for(x->numel(), 8);
    auto partial = at::empty({blocks}, x->options());
    run({"optimizer.cu", "FLOAT"}, "squares", blocks, THREADS, x->data_ptr(), partial.data_ptr(), x->numel());
    run({"optimizer.cu", "FLOAT"}, "root_of_sum", 1, THREADS, partial.data_ptr(), norm->data_ptr(), static_cast<int>(blocks));
  });
}

SL_API int32_t sl_cuda_adamw_(Handle parameter, Handle grad, Handle mean, Handle square, Handle copy, Handle control, Handle norm, double clip,
                              double beta1, double beta2, double eps, double decay) {
  return guard([&] {
    auto code = checked("adamw_", {parameter, grad, mean, square}, copy, control, norm);
    bool aligned = on_16_bytes(*parameter) && on_16_bytes(*grad) && on_16_bytes(*mean) && on_16_bytes(*square) &&
                   (copy == nullptr || on_16_bytes(*copy));
    run(code, "adamw", blocks_for(parameter->numel(), 16), THREADS, parameter->data_ptr(), grad->data_ptr(), mean->data_ptr(), square->data_ptr(),
        pointer(copy), control->data_ptr(), norm->data_ptr(), parameter->numel(), narrowed(clip), narrowed(beta1), narrowed(beta2), narrowed(eps),
        narrowed(decay), aligned ? 1 : 0);
  });
}

SL_API int32_t sl_cuda_lion_(Handle parameter, Handle grad, Handle mean, Handle copy, Handle control, Handle norm, double clip, double beta1,
                             double beta2, double decay) {
  return guard([&] {
    auto code = checked("lion_", {parameter, grad, mean}, copy, control, norm);
    run(code, "lion", blocks_for(parameter->numel(), 16), THREADS, parameter->data_ptr(), grad->data_ptr(), mean->data_ptr(), pointer(copy),
        control->data_ptr(), norm->data_ptr(), parameter->numel(), narrowed(clip), narrowed(beta1), narrowed(1 - beta1), narrowed(beta2),
        narrowed(1 - beta2), narrowed(decay));
  });
}

SL_API int32_t sl_cuda_sgd_(Handle parameter, Handle grad, Handle velocity, Handle copy, Handle control, Handle norm, double clip,
                            double momentum, double decay) {
  return guard([&] {
    auto code = checked("sgd_", {parameter, grad, velocity}, copy, control, norm);
    run(code, "sgd", blocks_for(parameter->numel(), 16), THREADS, parameter->data_ptr(), grad->data_ptr(), velocity->data_ptr(), pointer(copy),
        control->data_ptr(), norm->data_ptr(), parameter->numel(), narrowed(clip), narrowed(momentum), narrowed(decay));
  });
}

// chunks int64 [.., 3]: first value, number of values, tensor; tensors int64 [.., 2]: first chunk, number of chunks; decays float, one a tensor.
SL_API int32_t sl_cuda_lamb_(Handle parameter, Handle grad, Handle mean, Handle square, Handle copy, Handle chunks, Handle tensors, Handle decays,
                             Handle control, Handle norm, double clip, double beta1, double beta2, double eps) {
  return guard([&] {
    auto code = checked("lamb_", {parameter, grad, mean, square}, copy, control, norm);
    auto table = [](const at::Tensor& x, int64_t columns) {
      return x.is_cuda() && x.scalar_type() == at::kLong && x.dim() == 2 && x.size(1) == columns && x.is_contiguous();
    };
    TORCH_CHECK(table(*chunks, 3) && table(*tensors, 2) && flat_float(*decays) && decays->numel() == tensors->size(0),
                "lamb_: chunks are int64 [.., 3], tensors int64 [.., 2], decays float, one a tensor, on the device");
    auto partial = at::empty({chunks->size(0), 2}, parameter->options());
    auto ratios = at::empty({tensors->size(0)}, parameter->options());
    run(code, "lamb_moments", chunks->size(0), THREADS, parameter->data_ptr(), grad->data_ptr(), mean->data_ptr(), square->data_ptr(),
        chunks->data_ptr(), decays->data_ptr(), partial.data_ptr(), control->data_ptr(), norm->data_ptr(), narrowed(clip), narrowed(beta1),
        narrowed(1 - beta1), narrowed(beta2), narrowed(1 - beta2), narrowed(eps));
    run(code, "lamb_ratios", tensors->size(0), THREADS, partial.data_ptr(), tensors->data_ptr(), ratios.data_ptr());
    run(code, "lamb_apply", chunks->size(0), THREADS, parameter->data_ptr(), mean->data_ptr(), square->data_ptr(), pointer(copy),
        chunks->data_ptr(), decays->data_ptr(), ratios.data_ptr(), control->data_ptr(), norm->data_ptr(), narrowed(eps));
  });
}

SL_API int32_t sl_cuda_nesterov_(Handle grad, Handle momentum, Handle direction, Handle norm, double clip, double mu) {
  return guard([&] {
    auto code = checked("nesterov_", {grad, momentum}, direction, norm);
    run(code, "nesterov", blocks_for(grad->numel(), 16), THREADS, grad->data_ptr(), momentum->data_ptr(), direction->data_ptr(), norm->data_ptr(),
        grad->numel(), narrowed(clip), narrowed(mu));
  });
}

// x [matrices, rows, columns], bfloat16 or float, towards the nearest matrices with orthonormal rows or columns (Jordan et al. 2024), as
// sl_orthogonalize: by libtorch's products, which sum in float, each rounded to x's type once.
SL_API int32_t sl_cuda_orthogonalize(Handle x, int32_t iterations, Handle* out) {
  return guard([&] {
    TORCH_CHECK(x->is_cuda() && x->dim() == 3, "orthogonalize: [matrices, rows, columns] on the device");
    c10::NoGradGuard still;
    constexpr double A = 3.4445, B = -4.7750, C = 2.0315, TINY = 1e-7;
    const bool tall = x->size(1) > x->size(2);
    auto wide = x->to(at::kFloat);
    auto y = (wide / (wide.square().sum({1, 2}, true).sqrt() + TINY)).to(x->scalar_type());
    wide.reset();
    for (int32_t i = 0; i < iterations; i++) {
      auto turned = y.transpose(1, 2);
      auto square = tall ? at::bmm(turned, y) : at::bmm(y, turned); // of the smaller side
      auto polynomial = at::baddbmm(square, square, square, B, C);
      y = tall ? at::baddbmm(y, y, polynomial, A, 1) : at::baddbmm(y, polynomial, y, A, 1);
    }
    *out = give(y);
  });
}

SL_API int32_t sl_cuda_muon_(Handle parameter, Handle direction, Handle copy, Handle control, Handle norm, double factor, double decay) {
  return guard([&] {
    checked("muon_", {parameter}, copy, control, norm);
    TORCH_CHECK(direction->is_cuda() && direction->is_contiguous() && direction->numel() == parameter->numel() &&
                    (copy == nullptr || copy->scalar_type() == direction->scalar_type()),
                "muon_: the direction is as long as the parameter, and of the copy's type");
    run({"optimizer.cu", type_of(*direction)}, "muon_apply", blocks_for(parameter->numel(), 16), THREADS, parameter->data_ptr(),
        direction->data_ptr(), pointer(copy), control->data_ptr(), norm->data_ptr(), parameter->numel(), narrowed(factor), narrowed(decay));
  });
}
