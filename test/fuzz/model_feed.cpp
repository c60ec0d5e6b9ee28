// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/model_feed.hpp"

#include "engine/model/native_executor.hpp"
#include "engine/model/safetensors.hpp"
#include "runtime/base/check.hpp"
#include "test/support/model_files.hpp"

#include <algorithm>
#include <string_view>

namespace troupe::test {
namespace {

/// What stands before the first NUL; the rest is left, without that NUL.
std::string_view take_text(std::string_view& rest) {
  const auto end = std::min(rest.find('\0'), rest.size());
  const auto taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

void check_names_its_place(const error& why, const std::string& directory) {
  TROUPE_CHECK(why.text.starts_with(directory));
  TROUPE_CHECK(!why.field.empty());
}

} // namespace

model_outcome feed_model(bytes_view input) {
  const temporary_directory directory;
  auto rest = as_text(input);
  write_file(directory.path("config.json"), take_text(rest));
  const auto index = take_text(rest);
  if (!index.empty()) {
    write_file(directory.path("model.safetensors.index.json"), index);
  }
  const auto weights = directory.path(index.empty() ? "model.safetensors" : "a.safetensors");
  write_file(weights, rest);

  model_outcome out;
  const auto file = engine::safetensors_file::open(weights);
  out.is_safetensors = file.has_value();
  if (!file) {
    check_names_its_place(file.err(), directory.path());
  }
  const auto model = engine::load_native(directory.path());
  out.is_loaded = model.has_value();
  if (!model) {
    out.why = model.err();
    check_names_its_place(model.err(), directory.path());
  }
  return out;
}

} // namespace troupe::test
