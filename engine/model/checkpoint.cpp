// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/checkpoint.hpp"

#include "engine/model/config.hpp"
#include "engine/model/model_error.hpp"
#include "runtime/json/read.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

namespace troupe::engine {
namespace {

constexpr std::string_view single_name = "model.safetensors";
constexpr std::string_view index_name = "model.safetensors.index.json";

using weight_map = std::map<std::string, std::string>; // tensor -> file

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos
         && name.find('\0') == name.npos;
}

result<weight_map> read_index(const std::string& path) {
  const auto mapped = mapped_file::open(path);
  if (!mapped) {
    return mapped.err();
  }
  const auto document = json::parse(as_text((*mapped).view()));
  if (!document) {
    return model_error(path, document.err().field, document.err().text, fetch_again);
  }
  const auto* entries = (*document).find("weight_map");
  const auto* members = entries == nullptr ? nullptr : entries->as_object();
  if (members == nullptr) {
    return model_error(path, "weight_map", "is missing or no object", fetch_again);
  }
  weight_map map;
  for (const auto& [tensor, file] : *members) {
    const auto* name = file.as_string();
    if (name == nullptr || !is_plain_name(*name)) {
      return model_error(path, tensor, "its file is not the name of a file beside the index",
                         fetch_again);
    }
    map.emplace(tensor, *name);
  }
  return map;
}

/// How config.json says that a directory's weights are quantized; nothing where there is none.
result<std::optional<quantization>> read_how(const std::string& path) {
  const auto config_path = path + "/config.json";
  if (is_gguf_path(path) || !exists(config_path)) {
    return std::optional<quantization>{};
  }
  const auto config = read_json_file(config_path);
  return config ? read_quantization(*config, config_path)
                : result<std::optional<quantization>>{config.err()};
}

/// Which of two tensors of one name is meant nobody can tell.
result<void> check_stand_once(const std::vector<safetensors_file>& files) {
  std::map<std::string_view, const std::string*> seen;
  for (const auto& file : files) {
    for (const auto& [name, tensor] : file.tensors()) {
      const auto [first, is_new] = seen.emplace(name, &file.path());
      if (!is_new) {
        return model_error(file.path(), name, "this tensor is also in " + *first->second,
                           fetch_again);
      }
    }
  }
  return {};
}

} // namespace

result<checkpoint> checkpoint::open(const std::string& path) {
  const auto how = read_how(path);
  if (!how) {
    return how.err();
  }
  auto all = open_files(path);
  if (all && *how) {
    auto quantized = quantized_weights::open(**how, all->files_);
    if (!quantized) {
      return quantized.err();
    }
    all->quantized_ = *std::move(quantized);
  }
  return all;
}

result<checkpoint> checkpoint::open_files(const std::string& path) {
  checkpoint all;
  if (is_gguf_path(path)) {
    auto weights = gguf_weights::open(path);
    if (!weights) {
      return weights.err();
    }
    all.main_file_ = path;
    all.gguf_ = *std::move(weights);
    return all;
  }
  const auto& directory = path;
  const auto single = directory + "/" + std::string{single_name};
  const auto index = directory + "/" + std::string{index_name};
  if (exists(single) || !exists(index)) {
    auto file = safetensors_file::open(single);
    if (!file) {
      return file.err();
    }
    all.main_file_ = single;
    all.files_.push_back(*std::move(file));
    return all;
  }
  const auto map = read_index(index);
  if (!map) {
    return map.err();
  }
  all.main_file_ = index;
  std::vector<std::string> names;
  for (const auto& [tensor, file] : *map) {
    names.push_back(file);
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  if (names.empty() || names.size() > checkpoint_files_max) {
    return model_error(index, "weight_map",
                       "names " + std::to_string(names.size()) + " files; 1 to "
                           + std::to_string(checkpoint_files_max) + " are allowed",
                       fetch_again);
  }
  for (const auto& name : names) {
    auto file = safetensors_file::open(directory + "/" + name);
    if (!file) {
      return file.err();
    }
    all.files_.push_back(*std::move(file));
  }
  for (const auto& [tensor, file] : *map) {
    const auto at = std::ranges::lower_bound(names, file) - names.begin();
    if (all.files_[static_cast<std::size_t>(at)].find(tensor) == nullptr) {
      return model_error(index, tensor, "the index says it is in " + file + ", which has it not",
                         fetch_again);
    }
  }
  if (auto once = check_stand_once(all.files_); !once) {
    return once.err();
  }
  return all;
}

checkpoint::place checkpoint::find(std::string_view name) const {
  if (gguf_ && gguf_->has(name)) {
    return {gguf_->read(name), &main_file_};
  }
  if (const auto* entry = quantized_.find(name)) {
    return {{std::shared_ptr<const void>{}, &entry->tensor}, entry->file};
  }
  for (const auto& file : files_) {
    if (const auto* tensor = file.find(name)) {
      return {{std::shared_ptr<const void>{}, tensor}, &file.path()};
    }
  }
  return {};
}

bool checkpoint::has(std::string_view name) const {
  return (gguf_ && gguf_->has(name)) || quantized_.find(name) != nullptr
         || std::ranges::any_of(files_,
                                [&](const auto& file) { return file.find(name) != nullptr; });
}

std::vector<checkpoint::part> checkpoint::parts() const {
  std::vector<part> all;
  if (gguf_) {
    all.push_back({main_file_, gguf_->file().bytes(), gguf_->names(), gguf_->file().identity()});
  }
  for (const auto& file : files_) {
    auto& added = all.emplace_back(part{file.path(), file.bytes(), {}, file.identity()});
    for (const auto& [name, tensor] : file.tensors()) {
      if (!quantized_.is_idle(name)) {
        added.tensors.emplace_back(name);
      }
    }
  }
  return all;
}

} // namespace troupe::engine
