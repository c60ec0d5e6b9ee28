// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/gguf_feed.hpp"

#include "engine/model/config.hpp"
#include "engine/model/gguf_config.hpp"
#include "engine/model/gguf_tokenizer.hpp"
#include "engine/model/gguf_weights.hpp"
#include "runtime/base/check.hpp"

#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace troupe::test {
namespace {

/// A file in memory, by a path that opens it.
class memory_file {
public:
  explicit memory_file(bytes_view content) : number_(::memfd_create("gguf", MFD_CLOEXEC)) {
    TROUPE_CHECK(number_ >= 0);
    const auto written = ::write(number_, content.data(), content.size());
    TROUPE_CHECK(written == static_cast<ssize_t>(content.size()));
  }
  ~memory_file() { ::close(number_); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(number_); }

private:
  int number_;
};

} // namespace

gguf_outcome feed_gguf(bytes_view file) {
  const memory_file memory{file};
  gguf_outcome out;
  const auto opened = engine::gguf_file::open(memory.path());
  if (!opened) {
    return out;
  }
  out.is_file = true;
  const auto config = engine::config_of_gguf(*opened);
  out.has_config = config && engine::read_config(*config, memory.path());
  out.has_text = engine::text_of_gguf(*opened).has_value();
  const auto weights = engine::gguf_weights::open(memory.path());
  if (!weights) {
    return out;
  }
  for (const auto name : weights->names()) {
    out.tensors += weights->read(name) != nullptr ? 1 : 0;
  }
  return out;
}

} // namespace troupe::test
