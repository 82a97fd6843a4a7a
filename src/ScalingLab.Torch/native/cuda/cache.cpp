#include "cache.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace sl::cuda {

namespace {

// Empty where there is none that can be written.
std::string cache_folder() {
  const char* home = std::getenv("SCALINGLAB_HOME");
  if (home == nullptr || *home == '\0')
    return "";
  auto folder = std::string(home) + "/kernels";
  mkdir(home, 0755);
  mkdir(folder.c_str(), 0755);
  return access(folder.c_str(), W_OK) == 0 ? folder : "";
}

} // namespace

CacheFile::CacheFile(const std::string& identity, const char* ending) {
  auto folder = cache_folder();
  if (folder.empty())
    return;
  uint64_t hash = 14695981039346656037ull; // FNV-1a
  for (unsigned char byte : identity)
    hash = (hash ^ byte) * 1099511628211ull;
  char name[64];
  std::snprintf(name, sizeof name, "/%016llx-%zu.%s", static_cast<unsigned long long>(hash), identity.size(), ending);
  path = folder + name;
}

std::string CacheFile::read() const {
  if (path.empty())
    return "";
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return file ? bytes.str() : "";
}

// Under another name first, so that a worker beside this one never reads half a file.
void CacheFile::write(const std::string& bytes) const {
  if (path.empty())
    return;
  auto temporary = path + "." + std::to_string(getpid());
  std::ofstream(temporary, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    std::remove(temporary.c_str());
}

} // namespace sl::cuda
