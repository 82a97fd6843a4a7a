// What a whole step on the device needs: pinned host memory, events, a captured graph.
#include "../shim.h"

#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>

#include <memory>

namespace {

// A capture runs on a stream of its own; the stream that was current comes back with its end, also where it fails.
struct Graph {
  at::cuda::CUDAGraph graph;
  std::unique_ptr<c10::cuda::CUDAStreamGuard> stream;
};

} // namespace

// Straight from the driver: libtorch's own allocator of such memory rounds up to a power of two. The device is the one that will copy: a thread's
// first use of another would take memory there.
SL_API int32_t sl_cuda_pinned(const int64_t* size, int32_t count, sl_options options, int32_t device_index, Handle* out) {
  return sl::guard([&] {
    auto shape = sl::sizes(size, count);
    auto wanted = sl::options(options).device(at::kCPU);
    c10::cuda::CUDAGuard device(static_cast<c10::DeviceIndex>(device_index));
    void* memory = nullptr;
    C10_CUDA_CHECK(cudaHostAlloc(&memory, static_cast<size_t>(c10::multiply_integers(shape)) * wanted.dtype().itemsize(), cudaHostAllocDefault));
    *out = sl::give(at::from_blob(memory, shape, [](void* taken) { cudaFreeHost(taken); }, wanted));
  });
}

SL_API int32_t sl_cuda_event_new(at::cuda::CUDAEvent** out) {
  return sl::guard([&] { *out = new at::cuda::CUDAEvent(cudaEventDisableTiming); });
}

SL_API void sl_cuda_event_free(at::cuda::CUDAEvent* event) { delete event; }

SL_API int32_t sl_cuda_event_record(at::cuda::CUDAEvent* event) {
  return sl::guard([&] { event->record(); });
}

// Waits on the host; at once where nothing was recorded.
SL_API int32_t sl_cuda_event_wait(at::cuda::CUDAEvent* event) {
  return sl::guard([&] { event->synchronize(); });
}

// What is asked of the device from here to the end is kept, not done. Memory that earlier steps left in the cache is given back first, since
// a graph holds memory of its own.
SL_API int32_t sl_cuda_graph_begin(Graph** out) {
  return sl::guard([&] {
    C10_CUDA_CHECK(cudaDeviceSynchronize());
    c10::cuda::CUDACachingAllocator::emptyCache();
    auto made = std::make_unique<Graph>();
    made->stream = std::make_unique<c10::cuda::CUDAStreamGuard>(at::cuda::getStreamFromPool());
    // Other threads may allocate and free meanwhile: .NET's finalizers do.
    made->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    *out = made.release();
  });
}

SL_API int32_t sl_cuda_graph_end(Graph* graph) {
  return sl::guard([&] {
    auto stream = std::move(graph->stream);
    graph->graph.capture_end();
  });
}

SL_API int32_t sl_cuda_graph_replay(Graph* graph) {
  return sl::guard([&] { graph->graph.replay(); });
}

SL_API void sl_cuda_graph_free(Graph* graph) {
  sl::guard([&] { delete graph; });
}
