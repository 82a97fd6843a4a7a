// The end of the model: final norm, if there is one, output matrix and cross-entropy, a chunk of rows at a time, so that the logits of all rows never exist
// together. The gradient is made with the loss, while a chunk's logits are there. In training the three products may be of 8-bit factors.
#include "blocks.h"
#include "float8.h"

namespace {

using namespace sl;
using namespace sl::cuda;

constexpr int64_t CHUNK_BYTES = int64_t(832) << 20; // Of logits and, where it is apart, their gradient: 8,192 rows of 50,304 in bfloat16.
                                                    // Each chunk reads and writes the matrix's whole float gradient once, so that few
                                                    // large ones are faster.
constexpr int THREADS = 1024;                       // as in loss.cu

int64_t chunk_rows(const at::Tensor& x, int64_t classes, bool in_float8) {
  const int64_t least = in_float8 ? FLOAT8_MULTIPLE : 1, bytes = static_cast<int64_t>(x.element_size()) + (in_float8 ? 2 : 0);
  const int64_t fit = std::max(least, CHUNK_BYTES / (classes * bytes) / least * least);
  return std::min(x.size(0), fit >= 256 ? fit / 256 * 256 : fit);
}

// What the loss is of: cap 0 is no cap; z weighs the squared logarithm of the sum in what is trained on.
struct Loss {
  double share;
  float cap, z;
  bool training, in_float8;
};

struct HeadLoss : torch::autograd::Function<HeadLoss> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Norm& norm, const Weight& head, const at::Tensor& targets,
                            const Loss& asked) {
    const auto [share, cap, z_weight, training, in_float8] = asked;
    auto flat = rows_of(x);
    const int64_t rows = flat.size(0), classes = head.value.size(0), most = chunk_rows(flat, classes, in_float8);
    const float factor = static_cast<float>(share / static_cast<double>(rows));
    Code code{"loss.cu", type_of(x) + (cap > 0 ? " CAPPED" : "")};
    auto [z, statistics] = norm_forward(flat, norm);
    auto dz = training ? at::empty_like(z) : at::Tensor();
    auto losses = at::empty({rows}, x.options().dtype(at::kFloat));
    auto logits = at::empty({most, classes}, x.options());
    auto logs = in_float8 ? at::empty({most}, losses.options()) : at::Tensor();
    auto head8 = in_float8 ? to_e4m3(head.value, largest_magnitude(head.value)) : Float8();
    auto largest = in_float8 ? largest_magnitude(z) : at::Tensor();
    for (int64_t first = 0; first < rows; first += most) {
      const int64_t count = std::min(most, rows - first);
      auto part = logits.narrow(0, 0, count), from = z.narrow(0, first, count);
      const int64_t* wanted = targets.data_ptr<int64_t>() + first;
      float* into = losses.data_ptr<float>() + first;
      if (in_float8) {
        auto from8 = to_e4m3(from, largest);
        multiply(part, from8.left(), head8.right());
        run(code, "cross_entropy_loss", count, THREADS, part.data_ptr(), wanted, into, logs.data_ptr<float>(), classes, cap);
        auto gradient8 = cross_entropy_e5m2(part, wanted, logs.data_ptr<float>(), cap, z_weight);
        multiply(dz.narrow(0, first, count), gradient8.left(), head8.right_turned(), {}, {}, factor * E5M2_UNIT);
        multiply(head.gradient, gradient8.left_turned(), from8.right_turned(), head.gradient, {}, factor * E5M2_UNIT);
      } else if (training) {
        multiply(part, {from}, transposed(head.value));
        run(code, "cross_entropy_gradient", count, THREADS, part.data_ptr(), wanted, into, classes, factor, cap, z_weight);
        multiply(dz.narrow(0, first, count), {part}, {head.value});
        multiply(head.gradient, transposed(part), {from}, head.gradient);
      } else {
        multiply(part, {from}, transposed(head.value));
        run(code, "cross_entropy_loss", count, THREADS, part.data_ptr(), wanted, into, static_cast<float*>(nullptr), classes, cap);
      }
    }
    auto loss = at::empty({}, losses.options());
    run(code, "scaled_sum", 1, THREADS, losses.data_ptr(), loss.data_ptr(), rows, factor);
    if (training) {
      keep(context, norm);
      context->saved_data["dz"] = dz.view(x.sizes());
      if (norm.is_there())
        context->save_for_backward({x, statistics});
    }
    return loss;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    auto saved = context->get_saved_variables();
    auto norm = kept_norm(context);
    auto dz = context->saved_data.at("dz").toTensor();
    context->saved_data.clear();
    if (norm.is_there()) {
      auto dx = norm_backward(rows_of(saved[0]), norm, saved[1], rows_of(dz), at::Tensor(), grads[0]);
      return {dx.view(dz.sizes()), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
    }
    run({"loss.cu", type_of(dz)}, "only_for_one", std::min<int64_t>((dz.numel() + THREADS - 1) / THREADS, multiprocessors()), THREADS, dz.data_ptr(),
        dz.numel(), grads[0].data_ptr());
    return {dz, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

} // namespace

SL_API int32_t sl_cuda_head_loss(Handle x, Handle gain, Handle gain_gradient, Handle norm_bias, Handle norm_bias_gradient, int32_t is_layer,
                                 double eps, Handle head, Handle head_gradient, Handle targets, double share, double cap, double z,
                                 int32_t in_float8, Handle* out) {
  return guard([&] {
    check_blocks(*x, "head_loss");
    Norm norm{weight(gain, gain_gradient), weight(norm_bias, norm_bias_gradient), is_layer != 0, eps};
    auto h = weight(head, head_gradient);
    const int64_t width = x->size(-1);
    check_norm(norm, *x, "head_loss: norm");
    check_weight(h, *x, {h.value.size(0), width}, "head_loss: head");
    TORCH_CHECK(targets->is_cuda() && targets->scalar_type() == at::kLong && targets->numel() * width == x->numel(),
                "head_loss: targets are int64, one a row, on the same device");
    auto training = c10::GradMode::is_enabled() && x->requires_grad();
    Loss loss{share, static_cast<float>(cap), static_cast<float>(z), training, training && in_float8 != 0};
    *out = give(HeadLoss::apply(*x, norm, h, targets->contiguous(), loss));
  });
}
