// Sums over rows, for the gradients of gains and biases: first of slices of the rows, then of the slices, each in one order.

#define THREADS 256
#define GROUPS (THREADS / WARP) // warps, each with its own rows
#if defined(BY_EIGHT)
#define VECTOR 8
#else
#define VECTOR 1
#endif

// partial [slices, width] = the sums of x [rows, width] over each slice's rows. A block takes WARP * VECTOR columns of one slice; width is a
// multiple of VECTOR.
extern "C" __global__ void __launch_bounds__(THREADS) column_sums(const T* x, float* partial, i64 rows, int width, int slices) {
  __shared__ float sums[GROUPS][WARP * VECTOR];
  const int parts = (width + WARP * VECTOR - 1) / (WARP * VECTOR), slice = blockIdx.x / parts;
  const int lane = threadIdx.x % WARP, group = threadIdx.x / WARP, first = blockIdx.x % parts * (WARP * VECTOR);
  const int column = first + lane * VECTOR;
  float sum[VECTOR] = {}, v[VECTOR];
  if (column < width)
    for (i64 row = (i64)slice * GROUPS + group; row < rows; row += (i64)slices * GROUPS) {
#if VECTOR == 8
      load8(x + row * width + column, v);
#else
      v[0] = widen(x[row * width + column]);
#endif
#pragma unroll
      for (int i = 0; i < VECTOR; i++)
        sum[i] += v[i];
    }
#pragma unroll
  for (int i = 0; i < VECTOR; i++)
    sums[group][lane * VECTOR + i] = sum[i];
  __syncthreads();
  const int mine = threadIdx.x;
  if (mine < WARP * VECTOR && first + mine < width) {
    float total = 0.0f;
    for (int other = 0; other < GROUPS; other++)
      total += sums[other][mine];
    partial[(i64)slice * width + first + mine] = total;
  }
}

// gradient [width] += the sum of partial [slices, width] over its rows. One block for every WARP columns.
extern "C" __global__ void __launch_bounds__(THREADS) add_partials(const float* partial, float* gradient, int slices, int width) {
  __shared__ float sums[GROUPS][WARP];
  const int column = blockIdx.x * WARP + threadIdx.x % WARP, part = threadIdx.x / WARP;
  float sum = 0.0f;
  if (column < width)
    for (int slice = part; slice < slices; slice += GROUPS)
      sum += partial[(i64)slice * width + column];
  sums[part][threadIdx.x % WARP] = sum;
  __syncthreads();
  if (part == 0 && column < width) {
    for (int other = 1; other < GROUPS; other++)
      sum += sums[other][threadIdx.x];
    gradient[column] += sum;
  }
}
