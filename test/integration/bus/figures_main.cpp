// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/integration/bus/attackers.hpp"
#include "test/integration/bus/zmq_node.hpp"

#include <zmq.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <utility>

/// What encryption costs and what strangers cost, in figures: one JSON object on stdout. Beside
/// what half-open connections to the node cost, what as many to another process of this host do;
/// each beside the quiet seconds right before and after it.
///   bus_figures [ROUNDS [ATTACK...]]      median and best of ROUNDS (default 5); all attacks
/// Everything runs on this host over loopback; the attackers are processes of their own.
namespace {

using namespace troupe;
using namespace troupe::test;
using steady = std::chrono::steady_clock;

constexpr std::size_t message_bytes = 200;
constexpr std::uint64_t messages = 200'000;
constexpr std::size_t crate_bytes = std::size_t{4} << 20U;
constexpr std::uint64_t crates = 100;
constexpr int asks = 1500;                    ///< At about one in a millisecond,
constexpr std::uint64_t asks_of_traffic = 20; ///< or so many at once.

double seconds_since(steady::time_point start) {
  return std::chrono::duration<double>(steady::now() - start).count();
}

template <class F, class G>
void wait_until(F done, G what) {
  for (int i = 0; i < 60'000 && !done(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (!done()) {
    std::fprintf(stderr, "bus_figures: nothing moved for a minute: %s\n", what().c_str());
    std::_Exit(1);
  }
}

/// The value below which `share` of them are.
double quantile(std::vector<double> all, double share) {
  std::ranges::sort(all);
  return all[static_cast<std::size_t>(static_cast<double>(all.size()) * share)];
}

double median(const std::vector<double>& all) {
  return quantile(all, 0.5);
}

/// Of one situation: the p99 of each round, and what all rounds saw.
struct waits {
  std::vector<double> p99;
  std::vector<double> all;

  void add(const std::vector<double>& round) {
    p99.push_back(quantile(round, 0.99));
    all.insert(all.end(), round.begin(), round.end());
  }
};

/// The waits beside one attack, and as many right before and right after it.
struct trial {
  waits quiet;
  waits attacked;
};

/// libzmq alone: one PUSH, one PULL, as many threads as ours.
double raw_messages_per_s(bool curve) {
  void* context = zmq_ctx_new();
  zmq_ctx_set(context, ZMQ_IO_THREADS, 2);
  void* pull = zmq_socket(context, ZMQ_PULL);
  void* push = zmq_socket(context, ZMQ_PUSH);
  const auto server = keys::make_secret_key();
  const auto client = keys::make_secret_key();
  const auto server_key = keys::link_key_of(server);
  const auto client_key = keys::link_key_of(client);
  if (curve) {
    const int one = 1;
    zmq_setsockopt(pull, ZMQ_CURVE_SERVER, &one, sizeof one);
    zmq_setsockopt(pull, ZMQ_CURVE_SECRETKEY, server.value().data(), keys::key_bytes);
    zmq_setsockopt(push, ZMQ_CURVE_PUBLICKEY, client_key.value.data(), keys::key_bytes);
    zmq_setsockopt(push, ZMQ_CURVE_SECRETKEY, client.value().data(), keys::key_bytes);
    zmq_setsockopt(push, ZMQ_CURVE_SERVERKEY, server_key.value.data(), keys::key_bytes);
  }
  zmq_bind(pull, "tcp://127.0.0.1:0");
  char address[256];
  std::size_t size = sizeof address;
  zmq_getsockopt(pull, ZMQ_LAST_ENDPOINT, address, &size);
  zmq_connect(push, address);
  char data[message_bytes] = {};
  zmq_send(push, data, sizeof data, 0);
  zmq_recv(pull, data, sizeof data, 0);
  const auto start = steady::now();
  std::thread reader([&] {
    char got[message_bytes];
    for (std::uint64_t i = 0; i < messages; ++i) {
      zmq_recv(pull, got, sizeof got, 0);
    }
  });
  for (std::uint64_t i = 0; i < messages; ++i) {
    zmq_send(push, data, sizeof data, 0);
  }
  reader.join();
  const auto took = seconds_since(start);
  zmq_close(push);
  zmq_close(pull);
  zmq_ctx_term(context);
  return static_cast<double>(messages) / took;
}

/// Two nodes and a session from a to b, with keys or without. b counts; to questions it answers.
struct two_nodes {
  explicit two_nodes(bool with_keys) {
    ring.revoked.revoked = {
        {.serial = 4,
         .link_key = bytes(revoked_link_key.value.begin(), revoked_link_key.value.end())}};
    const auto of_a = ring.make(1, role_speaker);
    const auto of_b = ring.make(2, role_listener);
    a = with_keys ? std::make_unique<zmq_node>(1, ring, of_a) : std::make_unique<zmq_node>(1);
    b = with_keys ? std::make_unique<zmq_node>(2, ring, of_b) : std::make_unique<zmq_node>(2);
    a->on_message = [this](const delivery&) {
      const auto now = steady::now();
      const auto which = answers.load(std::memory_order_relaxed);
      answered_at[which % answered_at.size()] = now;
      answers.store(which + 1);
      answers.notify_one();
    };
    b->on_message = [this](const delivery& what) {
      ++heard_count;
      if (what.what == delivery::kind::request) {
        b->links->send(at_b, {.to = what.from,
                              .what = delivery::kind::response,
                              .request_id = what.request_id,
                              .body = message::of(note{})});
      }
    };
    at_a = a->spawn("a");
    at_b = b->spawn("b");
    a->links->connect(b->endpoint());
    wait_for([&] { return static_cast<bool>(a->links->find(b->links->self(), "b")); });
    to_b = a->links->find(b->links->self(), "b");
  }

  double messages_per_s() {
    const auto before = heard_count.load();
    const auto start = steady::now();
    for (std::uint64_t i = 0; i < messages; ++i) {
      ++sent;
      a->links->send(at_a,
                     {.to = to_b, .body = message::of(note{.padding = bytes(message_bytes)})});
      if (i % 64 == 0) { // Within the window of ordered messages.
        wait_for([&] { return heard_count.load() - before + 16'384 > i; });
      }
    }
    wait_for([&] { return heard_count.load() - before == messages; });
    return static_cast<double>(messages) / seconds_since(start);
  }

  double bulk_bytes_per_s() {
    const blob data{bytes(crate_bytes)};
    const auto before = heard_count.load();
    const auto start = steady::now();
    for (std::uint64_t i = 0; i < crates; ++i) {
      ++sent;
      a->links->send(at_a, {.to = to_b, .body = message::of(crate{.attachment = data})});
      wait_for([&] { return heard_count.load() - before + 8 > i; });
    }
    wait_for([&] { return heard_count.load() - before == crates; });
    return static_cast<double>(crates * crate_bytes) / seconds_since(start);
  }

  /// How long each answer takes from when the first question of its millisecond is asked; they come
  /// in order. The asker sleeps until they are there, as an actor does.
  std::vector<double> ask_us(std::uint64_t at_once = 1, int times = asks) {
    std::vector<double> all;
    for (int i = 0; i < times; ++i) {
      const auto before = answers.load();
      const auto start = steady::now();
      for (std::uint64_t n = 0; n < at_once; ++n) {
        ++sent;
        a->links->send(at_a, {.to = to_b,
                              .what = delivery::kind::request,
                              .request_id = ++last_request,
                              .body = message::of(question{.padding = bytes(message_bytes)})});
      }
      for (auto next = before; next < before + at_once; ++next) {
        answers.wait(next);
        const std::chrono::duration<double, std::micro> took =
            answered_at[next % answered_at.size()] - start;
        all.push_back(took.count());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return all;
  }

  template <class F>
  void wait_for(F done) const {
    wait_until(done, [&] {
      std::string text;
      for (const auto* each : {a.get(), b.get()}) {
        const auto now = each->links->count();
        for (const auto value : {now.sessions, now.waiting_messages, now.unreturned_bytes,
                                 now.frames_in, now.frames_out, now.messages_in, now.messages_out,
                                 now.dropped, now.refused.peers, now.refused.frames}) {
          text += std::to_string(value) + " ";
        }
        text += "| ";
      }
      return text + std::to_string(heard_count.load());
    });
  }

  const keys::secret_key revoked = keys::make_secret_key();
  const keys::public_key revoked_link_key = keys::link_key_of(revoked);
  key_ring ring;
  std::unique_ptr<zmq_node> a;
  std::unique_ptr<zmq_node> b;
  actor_ref at_a;
  actor_ref at_b;
  actor_ref to_b;
  std::uint64_t last_request = 0;
  std::uint64_t sent = 0; ///< By a, to b.
  std::atomic<std::uint64_t> heard_count{0};
  std::atomic<std::uint64_t> answers{0}; ///< Counted by the actor `a` alone.
  std::array<steady::time_point, asks_of_traffic> answered_at{};
};

/// What the good traffic meets, and where else than at the node.
struct attack_kind {
  std::string name;
  const char* how;
  std::chrono::milliseconds before;
  bool is_elsewhere = false;
  /// What the node counts of it; none: nothing of it may count.
  std::uint64_t (*met)(const two_nodes&) = nullptr;
  trial alone = {};
  trial traffic = {};
};

std::vector<attack_kind> all_attacks() {
  const auto dropped = [](const two_nodes& at) {
    return at.b->links->count().dropped;
  };
  const auto revoked = [](const two_nodes& at) {
    return at.b->gate->count().revoked;
  };
  const auto forbidden = [](const two_nodes& at) {
    return at.b->links->count().refused.messages;
  };
  return {{"junk", "junk", 500ms},
          {"half_open", "half_open", 10s}, // Long enough for 10,000 of them.
          {"half_open_elsewhere", "half_open", 10s, true},
          {"unknown_key", "unknown_key", 500ms, false, dropped},
          {"revoked", "revoked", 500ms, false, revoked},
          {"wrong_role", "wrong_role", 500ms, false, forbidden}};
}

/// Those of these names, or all. Ends the program where one has no such name.
std::vector<attack_kind> attacks_of(const std::vector<std::string_view>& names) {
  auto all = all_attacks();
  std::vector<attack_kind> wanted;
  for (const auto name : names) {
    const auto at = std::ranges::find(all, name, &attack_kind::name);
    if (at == all.end()) {
      std::fprintf(stderr, "bus_figures: there is no attack %s; there are",
                   std::string(name).c_str());
      for (const auto& one : all) {
        std::fprintf(stderr, " %s", one.name.c_str());
      }
      std::fputs("\n", stderr);
      std::_Exit(2);
    }
    wanted.push_back(*at);
  }
  return names.empty() ? all : wanted;
}

/// Frames that were not of the good peer.
std::uint64_t arrived(const two_nodes& at) {
  const auto count = at.b->links->count();
  return count.refused.peers + count.refused.frames + count.dropped;
}

/// Empty: the node met the attack, and handled nothing of it.
std::string complaint(const two_nodes& nodes, const attack_kind& attack, std::uint64_t met_before) {
  if (nodes.heard_count.load() != nodes.sent) {
    return "bytes of an attacker were handled";
  }
  if (attack.met != nullptr) {
    return attack.met(nodes) > met_before + 10 ? "" : "void, the node met nothing of the attack";
  }
  return arrived(nodes) == met_before ? "" : "frames of an attacker arrived";
}

/// Waits before, beside and after an attack that lives as long as what `start` returns.
template <class F>
void beside(two_nodes& nodes, trial& alone, trial& traffic, F start) {
  std::vector<double> quiet;
  std::vector<double> quiet_traffic;
  const auto be_quiet = [&] {
    const auto some = nodes.ask_us(1, asks / 2);
    const auto many = nodes.ask_us(asks_of_traffic, asks / 2);
    quiet.insert(quiet.end(), some.begin(), some.end());
    quiet_traffic.insert(quiet_traffic.end(), many.begin(), many.end());
  };
  be_quiet();
  {
    const auto lasting = start();
    alone.attacked.add(nodes.ask_us());
    traffic.attacked.add(nodes.ask_us(asks_of_traffic));
  }
  be_quiet();
  alone.quiet.add(quiet);
  traffic.quiet.add(quiet_traffic);
}

} // namespace

int main(int argc, char** argv) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (argc == 5 && std::string_view(argv[1]) == "attack") {
    attack(argv[2], argv[3], *keys::parse_secret_key(argv[4]));
  }
  const int rounds = argc >= 2 ? std::max(1, std::atoi(argv[1])) : 5;
  auto attacks = attacks_of({argv + std::min(argc, 2), argv + argc});
  std::vector<double> raw, raw_curve, plain, curve, bulk, sealed, plain50, quiet50;
  for (int i = 0; i < rounds; ++i) {
    raw.push_back(raw_messages_per_s(false));
    raw_curve.push_back(raw_messages_per_s(true));
    two_nodes without(false);
    plain.push_back(without.messages_per_s());
    bulk.push_back(without.bulk_bytes_per_s());
    plain50.push_back(median(without.ask_us()));
    two_nodes with(true);
    curve.push_back(with.messages_per_s());
    sealed.push_back(with.bulk_bytes_per_s());
    quiet50.push_back(median(with.ask_us()));
    const bystander other;
    for (auto& one : attacks) {
      const auto before = one.met != nullptr ? one.met(with) : arrived(with);
      const auto& key = one.name == "revoked" ? with.revoked : with.ring.cluster;
      beside(with, one.alone, one.traffic, [&] {
        return attacker(argv[0], one.how, one.is_elsewhere ? other.endpoint() : with.b->endpoint(),
                        key, one.before);
      });
      if (const auto why = complaint(with, one, before); !why.empty()) {
        std::fprintf(stderr, "bus_figures: %s: %s\n", one.name.c_str(), why.c_str());
        return 1;
      }
    }
  }
  const auto say = [](const char* name, const std::vector<double>& all, bool more_is_better) {
    const auto best = more_is_better ? std::ranges::max(all) : std::ranges::min(all);
    std::printf("  \"%s\": {\"median\": %.0f, \"best\": %.0f}", name, median(all), best);
  };
  const char* separator = "{\n";
  const auto row = [&](const char* name, const std::vector<double>& all, bool more_is_better) {
    std::fputs(separator, stdout);
    separator = ",\n";
    say(name, all, more_is_better);
  };
  row("raw_msgs_per_s_200b", raw, true);
  row("raw_curve_msgs_per_s_200b", raw_curve, true);
  row("msgs_per_s_200b", plain, true);
  row("curve_msgs_per_s_200b", curve, true);
  row("bytes_per_s_4m", bulk, true);
  row("sealed_bytes_per_s_4m", sealed, true);
  row("ask_p50_us", plain50, false);
  row("curve_ask_p50_us", quiet50, false);
  // Of the rounds, and of all answers of all rounds, whose p99 is less a matter of chance.
  const auto compare = [](const std::string& name, const trial& of) {
    std::vector<double> each(of.quiet.p99.size());
    std::ranges::transform(of.attacked.p99, of.quiet.p99, each.begin(), std::divides{});
    const auto quiet = quantile(of.quiet.all, 0.99);
    const auto attacked = quantile(of.attacked.all, 0.99);
    std::printf(",\n  \"%s\": {\"quiet_p99_us\": %.0f, \"p99_us\": %.0f, \"ratio\": %.2f, "
                "\"median_of_rounds\": %.2f}",
                name.c_str(), quiet, attacked, attacked / quiet, median(each));
  };
  for (const auto& one : attacks) {
    compare("ask_beside_" + one.name, one.alone);
  }
  for (const auto& one : attacks) {
    compare("traffic_beside_" + one.name, one.traffic);
  }
  std::puts("\n}");
  return 0;
}
