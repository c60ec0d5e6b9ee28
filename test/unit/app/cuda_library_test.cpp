// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cuda_library.hpp"

#include "apps/troupe/load_model.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

using namespace troupe;

namespace {

bool says(const error& why, std::string_view part) {
  return why.text.find(part) != std::string::npos;
}

error refusal(const std::string& place) {
  const auto opened = cuda_library::open({place});
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.err().field == "engine.device");
  CHECK(says(opened.err(), place));
  return opened.err();
}

cuda::device_report report_of(cuda::obstacle what) {
  return {.what = what, .driver_version = 12'080, .runtime_version = 13'000};
}

} // namespace

TEST_CASE("a device library is looked for beside the program, or where it was named") {
  CHECK(cuda_library_places("", "/opt/troupe/bin/troupe")
        == std::vector<std::string>{"/opt/troupe/bin/libtroupe_cuda.so",
                                    "/opt/troupe/lib/libtroupe_cuda.so"});
  CHECK(cuda_library_places("mine.so", "/opt/troupe/bin/troupe")
        == std::vector<std::string>{"mine.so"});
}

TEST_CASE("a missing device library is an error with the places tried") {
  const auto opened = cuda_library::open({"/nowhere/a.so", "/nowhere/b.so"});

  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.err().code == errc::not_found);
  CHECK(says(opened.err(), "/nowhere/a.so, /nowhere/b.so"));
}

TEST_CASE("what is no device library of ours, or one of another build, is refused") {
  CHECK(says(refusal(TROUPE_SOURCE_DIR "/README.md"), "does not load"));
  CHECK(says(refusal(STUB_OTHER), "has no troupe_cuda_abi"));
  CHECK(says(refusal(STUB_WRONG_ABI), "has ABI 4711, this program needs"));
  CHECK(says(refusal(STUB_POOR), "has no troupe_cuda_"));
  CHECK(says(refusal(STUB_OLD), "has no troupe_cuda_drop"));
  CHECK(says(refusal(STUB_OTHER_SIZES), "is of another build"));
}

TEST_CASE("a device library of this build answers with a report") {
  const auto library = cuda_library::open({"/nowhere/a.so", STUB_GOOD});

  REQUIRE(library.has_value());
  CHECK(library->path() == STUB_GOOD);
  CHECK(library->probe().what == cuda::obstacle::no_device);
}

TEST_CASE("each obstacle to a device is an error of its own that says what to do") {
  using enum cuda::obstacle;
  CHECK_FALSE(obstacle_of(report_of(none)).has_value());
  for (const auto what : {no_driver, driver_too_old, no_device, device_too_old, failed}) {
    const auto why = obstacle_of(report_of(what));
    REQUIRE(why.has_value());
    CHECK(why->code == errc::unsupported);
    CHECK(why->field == "engine.device");
    CHECK(says(*why, "--device cpu"));
  }
  CHECK(says(*obstacle_of(report_of(driver_too_old)), "speaks CUDA 12.8, 13.0 is needed"));
}

TEST_CASE("a report of a broken library is read within its bounds") {
  auto report = report_of(cuda::obstacle::device_too_old);
  report.devices = 1'000'000;
  for (auto& one : report.each) {
    std::memset(one.name, 'x', sizeof one.name);
    one.capability = 75;
  }
  std::memset(report.text, 'y', sizeof report.text);

  CHECK(says(*obstacle_of(report), "compute capability 7.5"));
  CHECK(describe(report).size() < cuda::devices_max * 256);
  report.what = static_cast<cuda::obstacle>(99);
  CHECK(says(*obstacle_of(report), "fails with error 0, yyy"));
}

TEST_CASE("a model is refused where the device that was asked for is not there") {
  app_config config;
  config.device = "cuda";
  config.cuda_library = STUB_GOOD;

  const auto model = load_model(TROUPE_SOURCE_DIR "/models/tiny", config, {});

  REQUIRE_FALSE(model.has_value());
  CHECK(says(model.err(), "finds no device"));
}
