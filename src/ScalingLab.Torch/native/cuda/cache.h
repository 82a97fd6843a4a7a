// What is found once and wanted at every start: compiled kernels, chosen matrix products.
#pragma once

#include <string>

namespace sl::cuda {

// A file under the hash of all that its content depends on, in $SCALINGLAB_HOME/kernels. Without the variable, or where no file can be written, it
// is found again at every start, nothing else.
class CacheFile {
public:
  CacheFile(const std::string& identity, const char* ending);
  std::string read() const; // empty where there is none
  void write(const std::string& bytes) const;

private:
  std::string path;
};

} // namespace sl::cuda
