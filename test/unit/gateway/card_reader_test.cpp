// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/virtual_card_reader.hpp"
#include "runtime/base/virtual_time.hpp"
#include "test/unit/gateway/test_model.hpp"

#include <doctest/doctest.h>

#include <future>
#include <thread>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::test;

TEST_CASE("a card is read on the reader's thread, a broken one answered by its error") {
  std::promise<card_read> first;
  std::promise<card_read> second;
  auto broken = byte_card();
  broken.tokenizer_bytes += 1;
  const auto reader = make_threaded_card_reader();
  std::thread::id where;
  reader->listen([&](card_read what) {
    where = std::this_thread::get_id();
    (what.number == 1 ? first : second).set_value(std::move(what));
  });

  CHECK(reader->try_submit({1, byte_card()}));
  CHECK(reader->try_submit({2, broken}));

  const auto good = first.get_future().get();
  REQUIRE(good.text);
  CHECK((*good.text)->name() == "bytes");
  const auto bad = second.get_future().get();
  CHECK_FALSE(bad.text.has_value());
  CHECK(where != std::this_thread::get_id());
}

TEST_CASE("a reader that is busy takes no more than its bound, and ends without reading the rest") {
  std::promise<void> entered;
  std::promise<void> go;
  int told = 0;
  auto reader = make_threaded_card_reader();
  reader->listen([&, wait = go.get_future().share()](const card_read&) {
    if (++told == 1) {
      entered.set_value();
      wait.wait();
    }
  });
  CHECK(reader->try_submit({0, byte_card()}));
  entered.get_future().wait();

  std::uint64_t taken = 0;
  while (taken < 100 && reader->try_submit({taken + 1, byte_card()})) {
    ++taken;
  }
  CHECK(taken == card_reader::jobs_max);
  CHECK(reader->try_submit({99, byte_card()}).err().code == errc::overloaded);
  std::thread end{[&] {
    reader.reset();
  }};
  go.set_value();
  end.join();

  CHECK(told <= 1 + static_cast<int>(card_reader::jobs_max));
}

TEST_CASE("on the virtual queue cards are read one after the other, each in its time") {
  virtual_time time;
  virtual_card_reader reader(time, time, 20ms);
  std::vector<std::pair<std::uint64_t, duration>> read;
  reader.listen([&](const card_read& what) {
    CHECK(what.text.has_value());
    read.emplace_back(what.number, time.elapsed());
  });

  CHECK(reader.try_submit({1, byte_card()}));
  CHECK(reader.try_submit({2, byte_card()}));
  CHECK(read.empty());
  while (time.step()) {
  }

  CHECK(read == std::vector<std::pair<std::uint64_t, duration>>{{1, 20ms}, {2, 40ms}});
}

TEST_CASE("on the virtual queue the bound holds, and a reader that is gone says nothing") {
  virtual_time time;
  bool told = false;
  {
    virtual_card_reader reader(time, time);
    reader.listen([&](const card_read&) { told = true; });
    for (std::uint64_t number = 1; number <= card_reader::jobs_max; ++number) {
      CHECK(reader.try_submit({number, byte_card()}));
    }
    CHECK(reader.try_submit({99, byte_card()}).err().code == errc::overloaded);
  }

  while (time.step()) {
  }

  CHECK_FALSE(told);
}
