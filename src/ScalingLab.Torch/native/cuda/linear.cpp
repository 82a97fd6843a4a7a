// A norm by itself, as blocks have it that normalise after what they add, and a linear layer by itself, with a norm before it or without: the matrices
// at the two ends of a model whose token embedding is narrower than its stream.
#include "blocks.h"

namespace {

using namespace sl;
using namespace sl::cuda;

struct Normed : torch::autograd::Function<Normed> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Norm& norm) {
    auto [y, statistics] = norm_forward(rows_of(x), norm);
    keep(context, norm);
    context->save_for_backward({x, statistics});
    return y.view(x.sizes());
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    auto saved = context->get_saved_variables();
    auto norm = kept_norm(context);
    context->saved_data.clear(); // autograd frees what it saved itself, and this is not
    auto dx = norm_backward(rows_of(saved[0]), norm, saved[1], rows_of(grads[0]), at::Tensor(), at::Tensor(), false);
    return {dx.view(saved[0].sizes()), at::Tensor()};
  }
};

struct NormedLinear : torch::autograd::Function<NormedLinear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Norm& norm, const Linear& linear) {
    auto flat = rows_of(x);
    auto [z, statistics] = norm_forward(flat, norm);
    auto y = at::empty({flat.size(0), linear.matrix.value.size(0)}, x.options());
    linear_forward(y, z, linear);
    keep(context, norm);
    keep(context, "linear", linear);
    context->save_for_backward({x, statistics});
    auto shape = x.sizes().vec();
    shape.back() = y.size(1);
    return y.view(shape);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    auto saved = context->get_saved_variables();
    auto norm = kept_norm(context);
    auto linear = kept_linear(context, "linear");
    context->saved_data.clear();
    auto dx = normed_linear_backward(rows_of(saved[0]), norm, saved[1], linear, rows_of(grads[0]));
    return {dx.view(saved[0].sizes()), at::Tensor(), at::Tensor()};
  }
};

} // namespace

SL_API int32_t sl_cuda_normed(Handle x, Handle gain, Handle gain_gradient, Handle bias, Handle bias_gradient, int32_t is_layer, double eps, Handle* out) {
  return guard([&] {
    check_blocks(*x, "normed");
    Norm norm{weight(gain, gain_gradient), weight(bias, bias_gradient), is_layer != 0, eps};
    TORCH_CHECK(norm.is_there(), "normed: a norm has a gain");
    check_norm(norm, *x, "normed");
    *out = give(Normed::apply(*x, norm));
  });
}

SL_API int32_t sl_cuda_linear(Handle x, Handle gain, Handle gain_gradient, Handle norm_bias, Handle norm_bias_gradient, int32_t is_layer, double eps,
                              Handle matrix, Handle matrix_gradient, Handle bias, Handle bias_gradient, Handle* out) {
  return guard([&] {
    check_blocks(*x, "linear");
    Norm norm{weight(gain, gain_gradient), weight(norm_bias, norm_bias_gradient), is_layer != 0, eps};
    Linear linear{weight(matrix, matrix_gradient), weight(bias, bias_gradient)};
    check_norm(norm, *x, "linear: norm");
    check_linear(linear, *x, linear.matrix.value.size(0), x->size(-1), "linear");
    *out = give(NormedLinear::apply(*x, norm, linear));
  });
}
