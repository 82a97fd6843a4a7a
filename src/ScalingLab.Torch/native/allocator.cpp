// The allocator behind CPU tensors. libtorch's own asks the C library each time, which maps and unmaps pages for every
// activation; a training step asks for the same sizes again and again, so freed blocks are kept by size class. It also counts.
#include "shim.h"

#include <c10/core/CPUAllocator.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

constexpr size_t HEADER = 64; // Keeps the data on a cache line (and an AVX-512 register's) boundary.
constexpr size_t SMALLEST = 256;
constexpr size_t SLACK = size_t{64} << 20;

struct Header {
  size_t requested;
  size_t capacity;
  size_t size_class;
};
static_assert(sizeof(Header) <= HEADER);

// Four classes between one power of two and the next, so that at most a fifth of a block is unused.
size_t class_of(size_t bytes, size_t& capacity) {
  bytes = std::max(bytes, SMALLEST);
  size_t power = 63 - static_cast<size_t>(__builtin_clzll(bytes));
  size_t step = size_t{1} << (power - 2);
  size_t steps = (bytes - (size_t{1} << power) + step - 1) / step;
  capacity = (size_t{1} << power) + steps * step;
  return power * 4 + steps;
}

class Blocks {
public:
  void* take(size_t requested) {
    TORCH_CHECK_WITH(OutOfMemoryError, requested < (size_t{1} << 60), "out of memory: a tensor of ", requested, " bytes was asked for");
    size_t capacity = 0;
    size_t size_class = class_of(requested + HEADER, capacity);
    void* block = nullptr;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      auto& free_blocks = free_[size_class];
      if (!free_blocks.empty()) {
        block = free_blocks.back();
        free_blocks.pop_back();
        cached_ -= capacity;
      }
    }
    if (block == nullptr && posix_memalign(&block, HEADER, capacity) != 0) {
      release_cached();
      if (posix_memalign(&block, HEADER, capacity) != 0)
        TORCH_CHECK_WITH(OutOfMemoryError, false, "out of memory: ", requested, " bytes could not be had; ", current(), " are in use");
    }
    *static_cast<Header*>(block) = {requested, capacity, size_class};
    std::lock_guard<std::mutex> lock(mutex_);
    current_ += requested;
    live_ += capacity;
    peak_ = std::max(peak_, current_);
    peak_live_ = std::max(peak_live_, live_);
    return static_cast<char*>(block) + HEADER;
  }

  void give_back(void* data) {
    void* block = static_cast<char*>(data) - HEADER;
    Header header = *static_cast<Header*>(block);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      current_ -= header.requested;
      live_ -= header.capacity;
      // Kept blocks and live ones together stay near what the process has needed at once.
      if (live_ + cached_ + header.capacity <= peak_live_ + peak_live_ / 4 + SLACK) {
        free_[header.size_class].push_back(block);
        cached_ += header.capacity;
        return;
      }
    }
    std::free(block);
  }

  void release_cached() {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto& blocks : free_) {
      for (void* block : blocks)
        std::free(block);
      blocks.clear();
    }
    cached_ = 0;
  }

  sl_memory statistics() {
    std::lock_guard<std::mutex> lock(mutex_);
    return {static_cast<int64_t>(current_), static_cast<int64_t>(peak_), static_cast<int64_t>(cached_)};
  }

  void reset_peak() {
    std::lock_guard<std::mutex> lock(mutex_);
    peak_ = current_;
    peak_live_ = live_;
  }

private:
  size_t current() {
    std::lock_guard<std::mutex> lock(mutex_);
    return current_;
  }

  std::mutex mutex_;
  std::array<std::vector<void*>, 256> free_;
  size_t current_ = 0, live_ = 0, cached_ = 0, peak_ = 0, peak_live_ = 0;
};

// Never destroyed: tensors may be freed after static destructors have begun.
Blocks& blocks() {
  static auto instance = new Blocks();
  return *instance;
}

// oneDNN's scratch of no bytes comes back as a null pointer.
void give_back(void* data) {
  if (data != nullptr)
    blocks().give_back(data);
}

struct Allocator final : c10::Allocator {
  // libtorch's own declaration lost its const in 2.3 and gained copy_data: whichever of these it declares is the override.
  at::DataPtr allocate(size_t bytes) const { return make(bytes); }
  at::DataPtr allocate(size_t bytes) { return make(bytes); }
  void copy_data(void* target, const void* source, size_t bytes) const { std::memcpy(target, source, bytes); }
  at::DeleterFnPtr raw_deleter() const override { return &give_back; }

private:
  static at::DataPtr make(size_t bytes) {
    if (bytes == 0)
      return {nullptr, nullptr, &give_back, at::Device(at::kCPU)};
    void* data = blocks().take(bytes);
    return {data, data, &give_back, at::Device(at::kCPU)};
  }
};

} // namespace

namespace sl {

void install_allocator() {
  static auto allocator = new Allocator();
  c10::SetCPUAllocator(allocator, 1);
}

} // namespace sl

SL_API int32_t sl_cpu_memory(sl_memory* out) {
  return sl::guard([&] { *out = blocks().statistics(); });
}

SL_API int32_t sl_cpu_memory_reset_peak() {
  return sl::guard([&] { blocks().reset_peak(); });
}

SL_API int32_t sl_cpu_memory_release_cached() {
  return sl::guard([&] {
    blocks().release_cached();
#ifdef __GLIBC__
    malloc_trim(0); // what was freed stays with the C library otherwise
#endif
  });
}
