// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/digest.hpp"

#include "messages/vocab/block_naming.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <array>
#include <filesystem>
#include <vector>

namespace troupe::engine {
namespace {

constexpr std::uint64_t digest_version = 1;
constexpr std::uint64_t naming_version = 1;
constexpr std::uint64_t kv_type_f32 = 1;
constexpr std::uint64_t kv_type_fp8 = 0x6b7666703800; // "kvfp8"
constexpr std::uint64_t pairs_version = 16;           // No block_arithmetic,
constexpr std::uint64_t device_version = 33;          // nor one of these and an order.

constexpr std::array<const char*, 5> text_files{"config.json", "generation_config.json",
                                                "tokenizer.json", "tokenizer_config.json",
                                                "chat_template.jinja"};

void append(std::vector<std::uint64_t>& parts, const std::string& name, bytes_view content,
            hash128 hash) {
  parts.insert(parts.end(), {hash64(as_bytes_view(name)), content.size(), hash.high, hash.low});
}

hash128 hash_of(std::span<const std::uint64_t> parts) {
  return hash_128(std::as_bytes(parts));
}

} // namespace

result<model_digest> digest_model(const std::string& directory, const checkpoint& files,
                                  std::span<const hash128> of_parts) {
  std::vector<std::uint64_t> parts{digest_version};
  for (const char* name : text_files) {
    const auto path = directory + "/" + name;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      continue;
    }
    const auto mapped = mapped_file::open(path);
    if (!mapped) {
      return mapped.err();
    }
    append(parts, name, (*mapped).view(), hash_128((*mapped).view()));
  }
  const auto all = files.parts();
  TROUPE_CHECK(of_parts.empty() || of_parts.size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    append(parts, std::filesystem::path(all[i].path).filename().string(), all[i].bytes,
           of_parts.empty() ? hash_128(all[i].bytes) : of_parts[i]);
  }
  return model_digest{hash_of(parts)};
}

content_id content_of(model_digest digest, arithmetic how) {
  std::vector<std::uint64_t> parts{digest.value.high, digest.value.low, kv_type_f32, block_tokens,
                                   naming_version};
  if (how.blocks != block_arithmetic::none) {
    parts.push_back(static_cast<std::uint64_t>(how.blocks));
  }
  if (how.has_pairs) {
    parts.push_back(pairs_version + static_cast<std::uint64_t>(how.order));
  }
  if (how.is_on_device) {
    parts.push_back(device_version);
  }
  if (how.keeps_fp8) {
    parts.push_back(kv_type_fp8);
  }
  return {hash_of(parts)};
}

layout_id layout_of(const ops::kv_layout& page, const kv_groups& groups) {
  std::vector<std::uint64_t> parts{kv_type_f32, static_cast<std::uint64_t>(page.layers),
                                   static_cast<std::uint64_t>(page.kv_heads),
                                   static_cast<std::uint64_t>(page.head_dim),
                                   static_cast<std::uint64_t>(page.block_size)};
  if (page.shared_dim > 0) {
    parts.push_back(static_cast<std::uint64_t>(page.shared_dim));
  }
  if (groups.has_windows()) {
    parts.insert(parts.end(), {groups.full_pages, groups.window_pages, groups.window_tokens});
  }
  return {hash_of(parts).low};
}

} // namespace troupe::engine
