// Compiles, keeps and starts the kernels.
#include "compiler.h"

#include "cache.h"

#include <ATen/cuda/CUDAContext.h>
#include <cuda.h>
#include <nvrtc.h>

#include <dlfcn.h>
#include <glob.h>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

namespace sl::cuda {

namespace {

// NVRTC and the driver are found when they are first needed: the shim loads where neither is.
#define SL_FUNCTIONS(_)                                                                                                \
  _(nvrtcVersion) _(nvrtcCreateProgram) _(nvrtcDestroyProgram) _(nvrtcCompileProgram) _(nvrtcGetProgramLogSize)        \
  _(nvrtcGetProgramLog) _(nvrtcGetCUBINSize) _(nvrtcGetCUBIN) _(nvrtcGetErrorString) _(cuModuleLoadData)               \
  _(cuModuleGetFunction) _(cuGetErrorString) _(cuLaunchKernel) _(cuCtxGetCurrent)
struct Functions {
#define SL_MEMBER(name) decltype(&::name) name;
  SL_FUNCTIONS(SL_MEMBER)
#undef SL_MEMBER
};

// By its name where libtorch has loaded it or the system knows it, else beside libtorch, where Python wheels put it.
void* nvrtc_library() {
  auto version = std::to_string(CUDART_VERSION / 1000);
  for (const auto& name : {"libnvrtc.so." + version, std::string("libnvrtc.so")})
    if (void* library = dlopen(name.c_str(), RTLD_NOW))
      return library;
  Dl_info torch;
  if (dladdr(reinterpret_cast<void*>(&at::getNumGPUs), &torch) != 0) {
    std::string path = torch.dli_fname;
    auto folder = path.substr(0, path.rfind('/'));
    for (const auto& place : {folder + "/libnvrtc*.so*", folder + "/../../nvidia/*/lib/libnvrtc.so*"}) {
      glob_t found;
      void* library = nullptr;
      if (glob(place.c_str(), 0, nullptr, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && library == nullptr; i++)
          library = dlopen(found.gl_pathv[i], RTLD_NOW);
      globfree(&found);
      if (library != nullptr)
        return library;
    }
  }
  TORCH_CHECK(false, "NVRTC, which compiles the CUDA kernels, was not found: not as libnvrtc.so.", version, ", not beside libtorch");
}

const Functions& driver() {
  static const Functions functions = [] {
    void* nvrtc = nvrtc_library();
    void* cuda = dlopen("libcuda.so.1", RTLD_NOW);
    TORCH_CHECK(cuda != nullptr, "the CUDA driver was not found: ", dlerror());
    Functions found;
#define SL_FIND(name)                                                                                                  \
  found.name = reinterpret_cast<decltype(&::name)>(dlsym(#name[0] == 'n' ? nvrtc : cuda, #name));                      \
  TORCH_CHECK(found.name != nullptr, #name " is missing: ", dlerror());
    SL_FUNCTIONS(SL_FIND)
#undef SL_FIND
    return found;
  }();
  return functions;
}

void check(CUresult status, const char* what) {
  if (status == CUDA_SUCCESS)
    return;
  const char* words = nullptr;
  driver().cuGetErrorString(status, &words);
  TORCH_CHECK(false, "CUDA driver: ", what, " failed: ", words == nullptr ? "unknown error" : words);
}

void check(nvrtcResult status, const char* what) {
  TORCH_CHECK(status == NVRTC_SUCCESS, "NVRTC: ", what, " failed: ", driver().nvrtcGetErrorString(status));
}

std::string architecture() {
  const auto* properties = at::cuda::getCurrentDeviceProperties();
  return "sm_" + std::to_string(properties->major) + std::to_string(properties->minor);
}

std::string compile(const Code& code, const std::string& text, const std::string& target) {
  nvrtcProgram program;
  check(driver().nvrtcCreateProgram(&program, text.c_str(), code.file, 0, nullptr, nullptr), "creating a program");
  std::vector<std::string> options{"--std=c++17", "--gpu-architecture=" + target};
  std::istringstream words(code.macros);
  for (std::string macro; words >> macro;)
    options.push_back("-D" + macro);
  std::vector<const char*> raw;
  for (const auto& option : options)
    raw.push_back(option.c_str());
  auto status = driver().nvrtcCompileProgram(program, static_cast<int>(raw.size()), raw.data());
  if (status != NVRTC_SUCCESS) {
    size_t length = 0;
    driver().nvrtcGetProgramLogSize(program, &length);
    std::string log(length, '\0');
    driver().nvrtcGetProgramLog(program, log.data());
    TORCH_CHECK(false, code.file, " (", code.macros, ") did not compile for ", target, ":\n", log);
  }
  size_t length = 0;
  check(driver().nvrtcGetCUBINSize(program, &length), "reading the result");
  std::string binary(length, '\0');
  check(driver().nvrtcGetCUBIN(program, binary.data()), "reading the result");
  driver().nvrtcDestroyProgram(&program);
  return binary;
}

std::string binary_of(const Code& code) {
  auto text = std::string(source_of("common.cu")) + "\n" + source_of(code.file);
  auto target = architecture();
  int major = 0, minor = 0;
  driver().nvrtcVersion(&major, &minor);
  CacheFile kept(text + '\0' + code.macros + '\0' + target + '\0' + std::to_string(major) + "." + std::to_string(minor), (target + ".cubin").c_str());
  auto binary = kept.read();
  if (binary.empty()) {
    binary = compile(code, text, target);
    kept.write(binary);
  }
  return binary;
}

struct Loaded {
  CUmodule module = nullptr;
  std::map<std::string, CUfunction> functions;
};

CUfunction find(const Code& code, const char* name) {
  static std::mutex gate;
  static std::map<std::string, Loaded> modules;
  auto key = std::to_string(at::cuda::current_device()) + " " + code.file + " " + code.macros;
  std::lock_guard<std::mutex> lock(gate);
  auto& loaded = modules[key];
  if (loaded.module == nullptr)
    check(driver().cuModuleLoadData(&loaded.module, binary_of(code).data()), "loading a module");
  auto& function = loaded.functions[name];
  if (function == nullptr)
    check(driver().cuModuleGetFunction(&function, loaded.module, name), name);
  return function;
}

} // namespace

void launch(const Code& code, const char* name, int64_t blocks, int threads, void** pointers) {
  TORCH_CHECK(blocks < (int64_t(1) << 31), name, ": too large");
  if (blocks == 0)
    return;
  // The driver's own interface needs the context that the runtime makes a thread's own at its first call there: autograd's may have made none.
  CUcontext context = nullptr;
  driver().cuCtxGetCurrent(&context);
  if (context == nullptr)
    C10_CUDA_CHECK(cudaFree(nullptr));
  auto stream = at::cuda::getCurrentCUDAStream().stream();
  check(driver().cuLaunchKernel(find(code, name), static_cast<unsigned>(blocks), 1, 1, static_cast<unsigned>(threads), 1, 1, 0, stream,
                                pointers, nullptr),
        name);
}

int multiprocessors() { return at::cuda::getCurrentDeviceProperties()->multiProcessorCount; }

} // namespace sl::cuda
