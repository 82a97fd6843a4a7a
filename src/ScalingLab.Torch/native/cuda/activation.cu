// GELU x Phi(x) (Hendrycks and Gimpel 2016, arXiv:1606.08415), exact, max(x, 0)^2 (So et al. 2021, arXiv:2109.08668)
// and SwiGLU silu(gate) up (Shazeer 2020, arXiv:2002.05202).
// The ways back overwrite the gradient that came and give the activation again, which the next product's weight gradient needs.

#define THREADS 256

// Phi and phi from one exponential: erfc as a polynomial times e^(-x^2/2) (Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7).
__device__ __forceinline__ void normal(float x, float* cumulative, float* density) {
  float a = fabsf(x) * 0.70710678f;
  float t = __fdividef(1.0f, 1.0f + 0.3275911f * a);
  float e = power_of_two(-LOG2_E * a * a);
  float tail = 0.5f * e * t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  *cumulative = x < 0.0f ? tail : 1.0f - tail;
  *density = 0.39894228f * e;
}

__device__ __forceinline__ float sigmoid(float x) { return __fdividef(1.0f, 1.0f + power_of_two(-LOG2_E * x)); }

// Eight values a thread; the last thread takes what is left one by one.
#define EACH_EIGHT(n)                                                                                                  \
  const i64 first = ((i64)blockIdx.x * THREADS + threadIdx.x) * 8;                                                     \
  if (first >= (n))                                                                                                    \
    return;                                                                                                            \
  const int count = (n) - first < 8 ? (int)((n) - first) : 8;

__device__ __forceinline__ void load_some(const T* at, float* v, int count) {
  if (count == 8)
    return load8(at, v);
#pragma unroll
  for (int i = 0; i < 8; i++)
    v[i] = i < count ? widen(at[i]) : 0.0f;
}

__device__ __forceinline__ void store_some(T* at, const float* v, int count) {
  if (count == 8)
    return store8(at, v);
#pragma unroll
  for (int i = 0; i < 8; i++)
    if (i < count)
      at[i] = narrow(v[i]);
}

struct Gelu {
  static __device__ __forceinline__ void of(float x, float* y, float* slope) {
    float cumulative, density;
    normal(x, &cumulative, &density);
    *y = x * cumulative;
    *slope = cumulative + x * density;
  }
};

struct Relu2 {
  static __device__ __forceinline__ void of(float x, float* y, float* slope) {
    const float positive = x < 0.0f ? 0.0f : x; // what is no number stays none
    *y = positive * positive;
    *slope = 2.0f * positive;
  }
};

template <typename Activation> __device__ __forceinline__ void forward(const T* x, T* y, i64 n) {
  EACH_EIGHT(n)
  float v[8], slope;
  load_some(x + first, v, count);
#pragma unroll
  for (int i = 0; i < 8; i++)
    Activation::of(v[i], &v[i], &slope);
  store_some(y + first, v, count);
}

// dy becomes dx; y is made again.
template <typename Activation> __device__ __forceinline__ void backward(const T* x, T* dy, T* y, i64 n) {
  EACH_EIGHT(n)
  float v[8], d[8];
  load_some(x + first, v, count);
  load_some(dy + first, d, count);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    float slope;
    Activation::of(v[i], &v[i], &slope);
    d[i] *= slope;
  }
  store_some(dy + first, d, count);
  store_some(y + first, v, count);
}

#define KERNEL extern "C" __global__ void __launch_bounds__(THREADS)
KERNEL gelu_forward(const T* x, T* y, i64 n) { forward<Gelu>(x, y, n); }
KERNEL gelu_backward(const T* x, T* dy, T* y, i64 n) { backward<Gelu>(x, dy, y, n); }
KERNEL relu2_forward(const T* x, T* y, i64 n) { forward<Relu2>(x, y, n); }
KERNEL relu2_backward(const T* x, T* dy, T* y, i64 n) { backward<Relu2>(x, dy, y, n); }

#ifdef HIDDEN
// both [rows, 2 HIDDEN] holds gate and up side by side; HIDDEN is a multiple of 8.
KERNEL swiglu_forward(const T* both, T* y, i64 n) {
  EACH_EIGHT(n)
  const i64 at = first / HIDDEN * 2 * HIDDEN + first % HIDDEN;
  float gate[8], up[8];
  load8(both + at, gate);
  load8(both + at + HIDDEN, up);
#pragma unroll
  for (int i = 0; i < 8; i++)
    up[i] *= gate[i] * sigmoid(gate[i]);
  store_some(y + first, up, count);
}

// dy [rows, HIDDEN] becomes y; both's gradient goes to dboth.
KERNEL swiglu_backward(const T* both, T* dy, T* dboth, i64 n) {
  EACH_EIGHT(n)
  const i64 at = first / HIDDEN * 2 * HIDDEN + first % HIDDEN;
  float gate[8], up[8], d[8];
  load8(both + at, gate);
  load8(both + at + HIDDEN, up);
  load_some(dy + first, d, count);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    float s = sigmoid(gate[i]), silu = gate[i] * s, dup = d[i] * silu;
    d[i] *= up[i] * (s + silu * (1.0f - s));
    up[i] *= silu;
    gate[i] = dup;
  }
  store8(dboth + at, d);
  store8(dboth + at + HIDDEN, gate);
  store_some(dy + first, up, count);
}
#endif
