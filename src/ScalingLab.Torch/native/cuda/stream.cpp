// A second row of work on the device, and marks in the backward pass at which it may go on: what several GPUs add up beside it.
#include "../shim.h"

#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// x as it is; when its gradient comes, all that was made of it has been differentiated, and the mark is set.
struct Marked : torch::autograd::Function<Marked> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, int64_t event) {
    context->saved_data["event"] = event;
    return x;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    reinterpret_cast<at::cuda::CUDAEvent*>(context->saved_data["event"].toInt())->record();
    return {gradients[0], at::Tensor()};
  }
};

} // namespace

SL_API int32_t sl_cuda_marked(Handle x, at::cuda::CUDAEvent* event, Handle* out) {
  return sl::guard([&] { *out = sl::give(Marked::apply(*x, reinterpret_cast<int64_t>(event))); });
}

// Of high priority: what it asks for is short, and others wait for it.
SL_API int32_t sl_cuda_stream_new(c10::cuda::CUDAStream** out) {
  return sl::guard([&] { *out = new c10::cuda::CUDAStream(c10::cuda::getStreamFromPool(/*isHighPriority=*/true)); });
}

SL_API void sl_cuda_stream_free(c10::cuda::CUDAStream* stream) { delete stream; }

SL_API int32_t sl_cuda_stream_pointer(c10::cuda::CUDAStream* stream, void** out) {
  return sl::guard([&] { *out = stream->stream(); });
}

SL_API int32_t sl_cuda_stream_wait(c10::cuda::CUDAStream* stream, at::cuda::CUDAEvent* event) {
  return sl::guard([&] { event->block(*stream); });
}

SL_API int32_t sl_cuda_stream_record(c10::cuda::CUDAStream* stream, at::cuda::CUDAEvent* event) {
  return sl::guard([&] { event->record(*stream); });
}

// The current stream goes on when the device has come to the mark.
SL_API int32_t sl_cuda_event_block(at::cuda::CUDAEvent* event) {
  return sl::guard([&] { event->block(c10::cuda::getCurrentCUDAStream()); });
}
