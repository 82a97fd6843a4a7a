#include "gemm.h"

#include "cache.h"

#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAGraphsC10Utils.h>
#include <cublasLt.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

namespace sl::cuda {

namespace {

constexpr size_t WORKSPACE = size_t(32) << 20; // What cuBLAS recommends on Hopper; more than earlier chips ask for.
constexpr int CANDIDATES = 24;
constexpr int TRIALS = 4;

void check(cublasStatus_t status, const char* what) {
  TORCH_CHECK(status == CUBLAS_STATUS_SUCCESS, "cuBLASLt: ", what, " failed with status ", static_cast<int>(status));
}

cudaDataType_t type_of(const at::Tensor& x) {
  switch (x.scalar_type()) {
  case at::kFloat:
    return CUDA_R_32F;
  case at::kBFloat16:
    return CUDA_R_16BF;
  case at::kFloat8_e4m3fn:
    return CUDA_R_8F_E4M3;
  case at::kFloat8_e5m2:
    return CUDA_R_8F_E5M2;
  default:
    TORCH_CHECK(false, "multiply: no products of ", x.scalar_type());
  }
}

uint32_t alignment_of(const void* pointer) {
  auto address = reinterpret_cast<uintptr_t>(pointer);
  uint32_t alignment = 256;
  while (address % alignment != 0)
    alignment /= 2;
  return alignment;
}

// cuBLAS reads matrices by columns: what lies here by rows is there the transposed matrix, so out^T = b^T a^T is asked of it.
struct Product {
  int device;
  int64_t m, n, k; // out [m, n]
  bool a_transposed, b_transposed;
  cudaDataType_t a_type, b_type, out_type;
  bool has_addend, in_place, has_bias;
  uint32_t a_alignment, b_alignment, c_alignment, out_alignment;

  auto key() const {
    return std::tuple(device, m, n, k, a_transposed, b_transposed, a_type, b_type, out_type, has_addend, in_place, has_bias, a_alignment,
                      b_alignment, c_alignment, out_alignment);
  }
  bool operator<(const Product& other) const { return key() < other.key(); }
};

// How a product is made; its bytes are valid for one version of cuBLASLt.
struct Choice {
  cublasLtMatmulAlgo_t algorithm{};
  bool bias_apart = false;
};

struct Plan {
  cublasLtMatmulDesc_t operation = nullptr;
  cublasLtMatrixLayout_t left = nullptr, right = nullptr, out = nullptr;
  Choice choice;
  bool settled = false;
};

cublasLtHandle_t handle() {
  static cublasLtHandle_t one = [] {
    cublasLtHandle_t made;
    check(cublasLtCreate(&made), "starting");
    return made;
  }();
  return one;
}

void* workspace(int device) {
  static std::map<int, at::Tensor> kept;
  auto& space = kept[device];
  if (!space.defined())
    space = at::empty({static_cast<int64_t>(WORKSPACE)}, at::TensorOptions().dtype(at::kByte).device(at::kCUDA, static_cast<c10::DeviceIndex>(device)));
  return space.data_ptr();
}

cublasLtMatrixLayout_t layout(cudaDataType_t type, int64_t rows, int64_t columns) {
  cublasLtMatrixLayout_t made;
  check(cublasLtMatrixLayoutCreate(&made, type, static_cast<uint64_t>(rows), static_cast<uint64_t>(columns), rows), "describing a matrix");
  return made;
}

Plan describe(const Product& p) {
  Plan plan;
  check(cublasLtMatmulDescCreate(&plan.operation, CUBLAS_COMPUTE_32F, CUDA_R_32F), "describing a product");
  cublasOperation_t left = p.b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N, right = p.a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  cublasLtMatmulDescSetAttribute(plan.operation, CUBLASLT_MATMUL_DESC_TRANSA, &left, sizeof left);
  cublasLtMatmulDescSetAttribute(plan.operation, CUBLASLT_MATMUL_DESC_TRANSB, &right, sizeof right);
  if (p.has_bias) { // of the out's type, one number a row of out^T
    cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_BIAS;
    check(cublasLtMatmulDescSetAttribute(plan.operation, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, sizeof epilogue), "describing a bias");
  }
  plan.left = p.b_transposed ? layout(p.b_type, p.k, p.n) : layout(p.b_type, p.n, p.k);
  plan.right = p.a_transposed ? layout(p.a_type, p.m, p.k) : layout(p.a_type, p.k, p.m);
  plan.out = layout(p.out_type, p.n, p.m);
  return plan;
}

std::vector<cublasLtMatmulHeuristicResult_t> candidates(const Product& p, const Plan& plan, int wanted) {
  cublasLtMatmulPreference_t preference;
  check(cublasLtMatmulPreferenceCreate(&preference), "asking for candidates");
  auto set = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
    check(cublasLtMatmulPreferenceSetAttribute(preference, attribute, &value, sizeof value), "asking for candidates");
  };
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, WORKSPACE);
  // Parts of a sum are never rounded to bfloat16 before they are added.
  set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, static_cast<uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, p.b_alignment);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, p.a_alignment);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, p.c_alignment);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, p.out_alignment);
  std::vector<cublasLtMatmulHeuristicResult_t> found(static_cast<size_t>(wanted));
  int count = 0;
  auto status = cublasLtMatmulAlgoGetHeuristic(handle(), plan.operation, plan.left, plan.right, plan.out, plan.out, preference, wanted,
                                               found.data(), &count);
  cublasLtMatmulPreferenceDestroy(preference);
  found.resize(status == CUBLAS_STATUS_SUCCESS ? static_cast<size_t>(count) : 0);
  TORCH_CHECK(p.has_bias || !found.empty(), "cuBLASLt has no product of [", p.m, ", ", p.k, "] and [", p.k, ", ", p.n, "]");
  return found;
}

cublasStatus_t start(const Product& p, const Plan& plan, const cublasLtMatmulAlgo_t& algorithm, float alpha, const void* a, const void* b,
                     const void* c, void* out) {
  const float one = 1, zero = 0;
  return cublasLtMatmul(handle(), plan.operation, &alpha, b, plan.left, a, plan.right, p.has_addend ? &one : &zero, c, plan.out, out, plan.out,
                        &algorithm, workspace(p.device), WORKSPACE, at::cuda::getCurrentCUDAStream().stream());
}

void point(const Plan& plan, cublasLtMatmulDescAttributes_t attribute, const void* at) {
  check(cublasLtMatmulDescSetAttribute(plan.operation, attribute, &at, sizeof at), "describing a product");
}

// The fastest of several, each tried a few times on the operands at hand; what is added to is tried on a copy.
Choice choose(const Product& p, const Plan& plan, const void* a, const void* b, const void* c, const at::Tensor& out) {
  auto found = candidates(p, plan, CANDIDATES);
  Choice choice;
  choice.bias_apart = p.has_bias;
  if (found.empty())
    return choice;
  auto target = p.in_place ? at::empty_like(out) : out;
  if (p.in_place)
    c = target.data_ptr();
  auto stream = at::cuda::getCurrentCUDAStream().stream();
  cudaEvent_t begin, end;
  C10_CUDA_CHECK(cudaEventCreate(&begin));
  C10_CUDA_CHECK(cudaEventCreate(&end));
  choice.algorithm = found[0].algo;
  float least = std::numeric_limits<float>::infinity();
  for (const auto& one : found) {
    if (one.state != CUBLAS_STATUS_SUCCESS || start(p, plan, one.algo, 1, a, b, c, target.data_ptr()) != CUBLAS_STATUS_SUCCESS)
      continue;
    C10_CUDA_CHECK(cudaEventRecord(begin, stream));
    for (int trial = 0; trial < TRIALS; trial++)
      start(p, plan, one.algo, 1, a, b, c, target.data_ptr());
    C10_CUDA_CHECK(cudaEventRecord(end, stream));
    C10_CUDA_CHECK(cudaEventSynchronize(end));
    float milliseconds = 0;
    C10_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, begin, end));
    choice.bias_apart = false;
    if (milliseconds < least)
      least = milliseconds, choice.algorithm = one.algo;
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  return choice;
}

// All that a choice depends on: the kind of device, cuBLASLt, how it is chosen, the product.
std::string identity_of(const Product& p) {
  std::ostringstream words;
  words << at::cuda::getDeviceProperties(static_cast<c10::DeviceIndex>(p.device))->name << ' ' << cublasLtGetVersion() << ' ' << WORKSPACE << ' '
        << CANDIDATES << ' ' << TRIALS;
  std::apply([&](int, auto... rest) { ((words << ' ' << static_cast<int64_t>(rest)), ...); }, p.key());
  return words.str();
}

bool is_valid(const Plan& plan, const Choice& choice) {
  cublasLtMatmulHeuristicResult_t result{};
  return choice.bias_apart || (cublasLtMatmulAlgoCheck(handle(), plan.operation, plan.left, plan.right, plan.out, plan.out, &choice.algorithm,
                                                       &result) == CUBLAS_STATUS_SUCCESS &&
                               result.workspaceSize <= WORKSPACE);
}

// A choice is kept, so that a later worker starts without trying and, resumed, goes on with the same sums.
void settle(const Product& p, Plan& plan, const void* a, const void* b, const void* c, const at::Tensor& out) {
  CacheFile kept(identity_of(p), "product");
  auto bytes = kept.read();
  if (bytes.size() == sizeof plan.choice)
    std::memcpy(&plan.choice, bytes.data(), sizeof plan.choice);
  if (bytes.size() != sizeof plan.choice || !is_valid(plan, plan.choice)) {
    plan.choice = choose(p, plan, a, b, c, out);
    kept.write(std::string(reinterpret_cast<const char*>(&plan.choice), sizeof plan.choice));
  }
  plan.settled = true;
}

} // namespace

void multiply(const at::Tensor& out, Factor a, Factor b, const at::Tensor& addend, const at::Tensor& bias, float alpha) {
  const auto &x = a.matrix, &y = b.matrix;
  const int64_t m = x.size(a.transposed ? 1 : 0), k = x.size(a.transposed ? 0 : 1), n = y.size(b.transposed ? 0 : 1);
  TORCH_CHECK(y.size(b.transposed ? 1 : 0) == k && out.size(0) == m && out.size(1) == n, "multiply: ", x.sizes(), " and ", y.sizes(),
              " do not make ", out.sizes());
  TORCH_CHECK(x.is_contiguous() && y.is_contiguous() && out.is_contiguous() && (!addend.defined() || addend.is_contiguous()),
              "multiply: matrices lie in order");
  const bool is_8_bit = x.element_size() == 1;
  TORCH_CHECK(is_8_bit ? y.element_size() == 1 && !a.transposed && b.transposed : x.scalar_type() == y.scalar_type(), "multiply: ", x.scalar_type(),
              " and ", y.scalar_type(), " as they lie are not factors of one product");
  TORCH_CHECK(!addend.defined() || addend.scalar_type() == out.scalar_type(), "multiply: mixed types");
  TORCH_CHECK(!bias.defined() || (bias.is_contiguous() && bias.numel() == n && bias.scalar_type() == out.scalar_type()),
              "multiply: a bias has one number a column, of the result's type");
  const void* c = addend.defined() ? addend.data_ptr() : out.data_ptr();
  const uint32_t bias_alignment = bias.defined() ? alignment_of(bias.data_ptr()) : 256;
  Product p{at::cuda::current_device(), m, n, k, a.transposed, b.transposed, type_of(x), type_of(y), type_of(out), addend.defined(),
            addend.defined() && c == out.data_ptr(), bias.defined(), alignment_of(x.data_ptr()), alignment_of(y.data_ptr()), alignment_of(c),
            std::min(alignment_of(out.data_ptr()), bias_alignment)};
  // A bias that no product takes, or that begins where wide reads cannot, is added by itself.
  auto add_apart = [&] {
    multiply(out, a, b, addend, {}, alpha);
    at::Tensor(out).add_(bias);
  };
  if (bias_alignment < 16)
    return add_apart();
  static std::recursive_mutex gate;
  static std::map<Product, Plan> plans;
  std::lock_guard<std::recursive_mutex> lock(gate);
  auto found = plans.find(p);
  if (found == plans.end())
    found = plans.emplace(p, describe(p)).first;
  auto& plan = found->second;
  if (p.has_bias)
    point(plan, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias.data_ptr());
  if (is_8_bit) { // cuBLAS' left factor is b
    point(plan, CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, b.scale);
    point(plan, CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, a.scale);
  }
  if (!plan.settled) {
    // While a graph is captured nothing can be timed: the first candidate serves that graph alone.
    if (c10::cuda::currentStreamCaptureStatusMayInitCtx() != c10::cuda::CaptureStatus::None) {
      auto first = candidates(p, plan, 1);
      if (first.empty())
        return add_apart();
      check(start(p, plan, first[0].algo, alpha, x.data_ptr(), y.data_ptr(), c, out.data_ptr()), "a product");
      return;
    }
    settle(p, plan, x.data_ptr(), y.data_ptr(), c, out);
  }
  if (plan.choice.bias_apart)
    return add_apart();
  check(start(p, plan, plan.choice.algorithm, alpha, x.data_ptr(), y.data_ptr(), c, out.data_ptr()), "a product");
}

} // namespace sl::cuda
