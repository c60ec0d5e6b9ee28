// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/hosts/host_bundle.hpp"

#include "apps/troupe/cluster_host.hpp"
#include "apps/troupe/key_options.hpp"
#include "runtime/json/read.hpp"
#include "runtime/json/write.hpp"
#include "runtime/keys/key_files.hpp"
#include "runtime/keys/node_keys.hpp"
#include "runtime/process/files.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t key_bytes_max = std::size_t{1} << 20U;
constexpr std::array<std::string_view, 4> key_files{
    keys::file::node_key, keys::file::node_certificate, keys::file::trusted, keys::file::revoked};

error wrong(const std::string& text) {
  return {.code = errc::malformed, .text = "what came on standard input " + text};
}

const std::string* text_in(const json::value& from, std::string_view name) {
  const auto* found = from.find(name);
  return found == nullptr ? nullptr : found->as_string();
}

} // namespace

std::string write_bundle(const host_bundle& what) {
  json::value all{json::value::array{}};
  for (const auto& key : what.keys) {
    all.push_back(json::object_of({{"node", key.node}, {"file", key.file}, {"text", key.text}}));
  }
  return json::write(
      json::object_of({{"cluster_file", what.cluster_file}, {"keys", std::move(all)}}));
}

result<host_bundle> read_bundle(std::string_view text) {
  const auto read = json::parse(text, {.bytes = bundle_bytes_max, .items = 10'000, .depth = 4});
  if (!read) {
    return read.err();
  }
  const auto* file = text_in(*read, "cluster_file");
  const auto* all = read->find("keys");
  if (file == nullptr || all == nullptr || all->as_array() == nullptr) {
    return wrong("is no bundle of files; `troupe up` makes it");
  }
  host_bundle out{.cluster_file = *file};
  for (const auto& one : *all->as_array()) {
    const auto* node = text_in(one, "node");
    const auto* name = text_in(one, "file");
    const auto* key = text_in(one, "text");
    if (node == nullptr || name == nullptr || key == nullptr) {
      return wrong("has a key without node, file or text");
    }
    if (!is_plain_name(*node) || std::ranges::find(key_files, *name) == key_files.end()) {
      return error{.code = errc::invalid_value,
                   .text = "no node's keys have a file '" + *node + "/" + *name + "'"};
    }
    out.keys.push_back({*node, *name, *key});
  }
  return out;
}

result<void> unpack_bundle(const host_bundle& what, const std::string& run_dir) {
  if (auto done = process::write_file_atomic(run_dir + "/cluster.yaml", what.cluster_file); !done) {
    return done;
  }
  if (!what.keys.empty()) {
    if (auto made = process::make_private_directory(run_dir + "/keys"); !made) {
      return made;
    }
  }
  for (const auto& key : what.keys) {
    const auto directory = run_dir + "/keys/" + key.node;
    if (auto made = process::make_private_directory(directory); !made) {
      return made;
    }
    if (auto done = process::write_file_atomic(directory + "/" + key.file, key.text); !done) {
      return done;
    }
  }
  return {};
}

result<std::vector<bundle_key>> pack_keys(const std::string& directory, const std::string& node) {
  if (const auto holds = keys::load_node_keys(directory, wall_seconds()); !holds) {
    auto why = holds.err();
    why.text = "the keys of node '" + node + "': " + why.text
               + "; issue them with `troupe keys issue " + node + " --role ROLES`";
    return why;
  }
  std::vector<bundle_key> out;
  for (const auto& name : key_files) {
    auto text = process::read_file(directory + "/" + std::string(name), key_bytes_max);
    if (!text && text.err().code == errc::not_found && name == keys::file::revoked) {
      continue;
    }
    if (!text) {
      return text.err();
    }
    out.push_back({node, std::string(name), *std::move(text)});
  }
  return out;
}

} // namespace troupe
