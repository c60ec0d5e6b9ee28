// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/packed_cache.hpp"

#include "engine/model/native_executor.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::engine;

namespace {

namespace fs = std::filesystem;

/// A small model and a directory for its copies.
struct rig {
  rig() { test::write_model(model.path(), {}); }

  result<native_model> load(weight_type weights = weight_type::keep) const {
    auto loaded =
        load_native(model.path(), {.threads = 2, .weights = weights, .packed = options()});
    if (loaded && loaded->writing != nullptr) {
      loaded->writing->wait();
    }
    return loaded;
  }

  [[nodiscard]] packed_cache_options options() const {
    return {.places = {{cache.path("copies"), "small"}},
            .model_bytes_min = 0,
            .settled = std::chrono::nanoseconds{0}};
  }

  [[nodiscard]] std::vector<std::string> copies() const {
    std::vector<std::string> found;
    std::error_code ignored;
    for (const auto& one : fs::directory_iterator(cache.path("copies"), ignored)) {
      if (one.path().filename().string().starts_with("packed-")) {
        found.push_back(one.path().string());
      }
    }
    return found;
  }

  test::temporary_directory model;
  test::temporary_directory cache;
};

void flip_byte(const std::string& path, std::streamoff at) {
  fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const auto was = file.get();
  file.seekp(at);
  file.put(static_cast<char>(was ^ 1));
}

std::uint64_t bytes_read_of(const rig& of) {
  const auto files = checkpoint::open(of.model.path());
  cpu::parallel workers{1};
  packed_cache cache{of.options(), 1};
  std::uint64_t read = 0;
  (void)cache.hash_parts(files->parts(), workers,
                         [&](const load_progress& at) { read = at.done_bytes; });
  return read;
}

} // namespace

TEST_CASE("copies go beside the model, else to the user's cache, or where one is told") {
  const test::temporary_directory models;
  const auto directory = fs::canonical(models.path()).string();
  fs::create_directory(directory + "/llama");
  const auto beside = packed_places(directory + "/llama/", "auto", "/home/u/.cache/troupe");
  REQUIRE(beside.size() == 2);
  CHECK(beside[0].directory == directory + "/llama/.troupe");
  CHECK(beside[0].model == ".");
  CHECK(beside[1].directory == "/home/u/.cache/troupe");
  CHECK(beside[1].model == directory + "/llama");
  const auto file = packed_places(directory + "/a.gguf", "auto", "");
  REQUIRE(file.size() == 1);
  CHECK(file[0].directory == directory + "/.troupe");
  CHECK(file[0].model == "a.gguf");
  CHECK(packed_places(directory, "off", "/home/u/.cache/troupe").empty());
  const auto told = packed_places(directory + "/a.gguf", "/copies", "/home/u/.cache/troupe");
  REQUIRE(told.size() == 1);
  CHECK(told[0].directory == "/copies");
}

TEST_CASE("the key says content, rounding and layout") {
  const model_digest one{{1, 2}};
  CHECK(packed_key(one, 0) == packed_key(one, 0));
  CHECK(packed_key(one, 0) != packed_key(one, 1));
  CHECK(packed_key(one, 0) != packed_key({{1, 3}}, 0));
}

TEST_CASE("the second load is from the copy that the first wrote, for each rounding its own") {
  const rig one;
  const auto first = one.load();
  REQUIRE(first.has_value());
  CHECK(first->report.packed_copy.empty());
  CHECK(first->report.model_bytes == fs::file_size(one.model.path("model.safetensors")));
  REQUIRE(one.copies().size() == 1);

  const auto second = one.load();
  REQUIRE(second.has_value());
  CHECK(second->report.packed_copy == one.copies().front());
  CHECK(second->writing == nullptr);
  CHECK(second->digest == first->digest);
  CHECK(second->execution->traits().content == first->execution->traits().content);

  CHECK(one.load(weight_type::f32)->report.packed_copy.empty());
  CHECK(one.load(weight_type::f32)->report.packed_copy != second->report.packed_copy);
  CHECK(one.copies().size() == 2);
}

TEST_CASE("a copy is mapped as long as the model is") {
  const rig one;
  REQUIRE(one.load().has_value());
  const auto is_mapped = [&] {
    std::ifstream maps("/proc/self/maps");
    const std::string all{std::istreambuf_iterator<char>(maps), {}};
    return all.find(one.copies().front()) != std::string::npos;
  };
  CHECK_FALSE(is_mapped());
  {
    const auto model = one.load();
    CHECK(is_mapped());
  }
  CHECK_FALSE(is_mapped());
}

TEST_CASE("a model that changed is packed anew, also with its times put back") {
  const rig one;
  const auto weights = one.model.path("model.safetensors");
  struct stat before{};
  REQUIRE(one.load().has_value());
  REQUIRE(::stat(weights.c_str(), &before) == 0);

  ::usleep(20'000); // More than the grain of file times in older kernels.
  flip_byte(weights, static_cast<std::streamoff>(fs::file_size(weights)) - 2);
  const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, weights.c_str(), times.data(), 0) == 0);
  const auto changed = one.load();
  REQUIRE(changed.has_value());
  CHECK(changed->report.packed_copy.empty());

  // Of another content, by rename.
  test::write_file(one.model.path("new"),
                   test::safetensors_text(test::random_tensors({.seed = 2})));
  fs::rename(one.model.path("new"), weights);
  CHECK(one.load()->report.packed_copy.empty());
  CHECK_FALSE(one.load()->report.packed_copy.empty());

  test::write_file(one.model.path("tokenizer.json"), "{}");
  CHECK(one.load()->report.packed_copy.empty());
}

TEST_CASE("files that did not change are not read to know what is in them") {
  const rig one;
  CHECK(bytes_read_of(one) == fs::file_size(one.model.path("model.safetensors")));
  CHECK(bytes_read_of(one) == 0);
  test::write_file(one.cache.path("copies/digests"), "junk");
  CHECK(bytes_read_of(one) > 0);
  CHECK(bytes_read_of(one) == 0);
}

TEST_CASE("a copied model finds the copy of its content") {
  rig one;
  REQUIRE(one.load().has_value());
  const auto weights = one.model.path("model.safetensors");
  fs::copy(weights, one.model.path("again"));
  fs::rename(one.model.path("again"), weights);
  CHECK_FALSE(one.load()->report.packed_copy.empty());
}

TEST_CASE("a damaged copy is refused with its reason, packed anew and replaced") {
  const rig one;
  REQUIRE(one.load().has_value());
  const auto path = one.copies().front();
  for (const std::streamoff at : {std::streamoff{0}, std::streamoff{200},
                                  static_cast<std::streamoff>(packed_body_alignment)}) {
    flip_byte(path, at);
    const auto model = one.load();
    REQUIRE(model.has_value());
    CHECK(model->report.packed_copy.empty());
    REQUIRE(model->report.refused_copies.size() == 1);
    CHECK(model->report.refused_copies.front().starts_with(path));
    CHECK(one.load()->report.packed_copy == path);
  }
  fs::resize_file(path, 4096);
  CHECK(one.load()->report.refused_copies.size() == 1);
}

TEST_CASE("a whole copy that is not of this model's shapes is refused and packed anew") {
  const rig one;
  const auto first = one.load();
  REQUIRE(first.has_value());
  const auto path = one.copies().front();
  packed_notes notes;
  notes.add_floats("other", {1.0F});
  const std::atomic<bool> never{false};
  const auto key = packed_key(first->digest, static_cast<std::uint64_t>(weight_type::keep));
  REQUIRE(write_packed(
              {.directory = one.cache.path("copies"), .key = key, .source = 1, .replaces = true},
              notes, never)
              .has_value());
  const auto model = one.load();
  REQUIRE(model.has_value());
  CHECK(model->report.packed_copy.empty());
  REQUIRE(model->report.refused_copies.size() == 1);
  CHECK(model->report.refused_copies.front().find("has no '") != std::string::npos);
  CHECK(one.load()->report.packed_copy == path);
}

TEST_CASE("copies that cannot be written are not, and the model loads") {
  const rig one;
  test::write_file(one.cache.path("file"), "");
  // A directory that cannot be made, since a file is in its way; root may write everywhere else.
  packed_cache_options options = one.options();
  options.places = {{one.cache.path("file") + "/copies", "small"}};
  const auto model = load_native(one.model.path(), {.packed = options});
  REQUIRE(model.has_value());
  CHECK(model->writing == nullptr);

  options.places.push_back({one.cache.path("second"), "small"});
  const auto next = load_native(one.model.path(), {.packed = options});
  REQUIRE(next->writing != nullptr);
  next->writing->wait();
  CHECK(load_native(one.model.path(), {.packed = options})
            ->report.packed_copy.starts_with(one.cache.path("second")));
}

TEST_CASE("a directory that may only be read gives its copies") {
  const rig one;
  REQUIRE(one.load().has_value());
  fs::permissions(one.cache.path("copies"), fs::perms::owner_read | fs::perms::owner_exec);
  CHECK_FALSE(one.load()->report.packed_copy.empty());
  fs::permissions(one.cache.path("copies"), fs::perms::owner_all);
}

TEST_CASE("small models are packed each time, unless told otherwise") {
  const rig one;
  auto options = one.options();
  options.model_bytes_min = packed_cache_options{}.model_bytes_min;
  const auto model = load_native(one.model.path(), {.packed = options});
  CHECK(model->writing == nullptr);
  CHECK_FALSE(fs::exists(one.cache.path("copies")));
}

TEST_CASE("a load tells how far it is, stage by stage to its end") {
  const rig one;
  std::vector<load_progress> heard;
  const native_options options{.packed = one.options(),
                               .on_progress = [&](const load_progress& at) {
                                 heard.push_back(at);
                               }};
  const auto check = [&](std::vector<load_stage> stages) {
    std::vector<load_stage> seen;
    for (const auto& at : heard) {
      CHECK(at.done_bytes <= at.total_bytes);
      if (seen.empty() || seen.back() != at.stage) {
        seen.push_back(at.stage);
      }
    }
    CHECK(seen == stages);
  };
  auto first = load_native(one.model.path(), options);
  REQUIRE(first.has_value());
  first->writing->wait();
  check({load_stage::hash, load_stage::pack});
  CHECK(heard.back().done_bytes > heard.back().total_bytes / 2);
  heard.clear();
  REQUIRE(load_native(one.model.path(), options).has_value());
  check({load_stage::map});
  CHECK(heard.back().done_bytes <= heard.back().total_bytes);
}
