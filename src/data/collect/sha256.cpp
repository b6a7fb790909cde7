#include <openssl/evp.h>

#include <memory>
#include <vector>

#include "base/error.h"
#include "data/collect/bytes.h"
#include "data/collect/http.h"

namespace fettle::data::collect {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
};

}  // namespace

std::string sha256_of_file(const std::filesystem::path& path) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(::EVP_MD_CTX_new());
  if (!context || ::EVP_DigestInit_ex(context.get(), ::EVP_sha256(), nullptr) != 1) {
    throw InternalError("OpenSSL has no SHA-256");
  }
  const auto bytes = open_file(path, path.native());
  std::vector<char> chunk(std::size_t{1} << 20);
  while (const std::size_t count = bytes->read(chunk.data(), chunk.size())) {
    ::EVP_DigestUpdate(context.get(), chunk.data(), count);
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  ::EVP_DigestFinal_ex(context.get(), digest, &length);
  std::string out;
  for (unsigned i = 0; i < length; ++i) out += text("{:02x}", static_cast<unsigned>(digest[i]));
  return out;
}

}  // namespace fettle::data::collect
