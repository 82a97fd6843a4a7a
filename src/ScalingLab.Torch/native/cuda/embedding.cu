// The backward pass from rows of a table: sums in float, added by atomics (their order, and so the last bits, may vary).

#define THREADS 256

extern "C" __global__ void __launch_bounds__(THREADS) scatter_add(const T* dy, const i64* tokens, float* gradient, int width) {
  const i64 row = blockIdx.x;
  float* to = gradient + tokens[row] * width;
  for (int i = threadIdx.x; i < width; i += THREADS)
    atomicAdd(to + i, widen(dy[row * width + i]));
}
