// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/following.hpp"
#include "apps/troupe/shell/paths.hpp"
#include "apps/troupe/shell/recording_file.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/system.hpp"

/// Commands that keep what a trace shows, and show it again.
namespace troupe::shell {

namespace {

std::string words_of_end(const std::string& ended) {
  return ended == "interrupted" ? "; ended by Ctrl-C"
         : ended == "lost"      ? "; its process was lost"
         : ended == "full"      ? "; the file is full"
                                : "";
}

} // namespace

result<sheet> run_record(command_call& call) {
  const auto bounds = bounds_of(call.given);
  if (!bounds) {
    return bounds.err();
  }
  const auto whom = find_actor(*call.cluster.view(), call.given.at(0));
  if (!whom) {
    return whom.err();
  }
  const auto path = call.given.at(1);
  recording_file file(path);
  if (auto fine = file.check_replaceable(); !fine) {
    return fine.err();
  }
  const auto begun = call.cluster.now();
  const recording_head head{
      .version = call.version,
      .cluster = call.cluster_name,
      .actor = whom->name,
      .begun_unix_ms = static_cast<std::uint64_t>(process::wall_now().time_since_epoch() / 1ms),
      .rate_per_s = static_cast<std::uint32_t>(bounds->rate_per_s),
      .for_ms = static_cast<std::uint32_t>(bounds->seconds * 1000)};
  const followers into{.begun = [&]() -> result<void> {
                         auto opened = file.open();
                         return opened ? file.write(write_line(head)) : opened;
                       },
                       .line = [&](const seen_message& one) -> result<bool> {
                         if (!file.has_room()) {
                           return false;
                         }
                         if (auto kept = file.write(write_line(one)); !kept) {
                           return kept.err();
                         }
                         return true;
                       }};
  const auto got = follow_messages(call, *whom, *bounds, into);
  if (!got) {
    return got.err();
  }
  const recording_end end{.lines = got->lines,
                          .skipped = got->skipped,
                          .lasted_ms =
                              static_cast<std::uint64_t>((call.cluster.now() - begun) / 1ms),
                          .ended = got->ended};
  if (auto kept = file.write(write_line(end)); !kept) {
    return kept.err();
  }
  sheet out{.facts = {{"actor", whom->name},
                      {"file", path},
                      {"lines", end.lines},
                      {"skipped", end.skipped},
                      {"lasted_ms", end.lasted_ms},
                      {"ended", end.ended}}};
  out.after = {std::to_string(end.lines) + " messages of " + whom->name + " kept in " + path + ", "
               + std::to_string(end.skipped) + " over the rate of " + cell_text(bounds->rate_per_s)
               + "/s" + words_of_end(end.ended)};
  return out;
}

namespace {

result<std::string> read_recording(const std::string& path) {
  if (auto fine = check_regular(path); !fine) {
    return fine.err();
  }
  return process::read_file(path, recording_bytes_max);
}

/// Reads all of it before anything is shown. Errors: as recording_reader.
result<void> check(std::string_view text, const std::string& path) {
  recording_reader reader(text, path);
  if (auto head = reader.head(); !head) {
    return head.err();
  }
  while (true) {
    const auto got = reader.next();
    if (!got) {
      return got.err();
    }
    if (!*got) {
      return {};
    }
  }
}

/// 0: as fast as it can be shown.
result<double> speed_of(const command_call& call) {
  const auto found = call.given.flags.find("--speed");
  if (found == call.given.flags.end()) {
    return call.at_terminal ? 1.0 : 0.0;
  }
  return found->second == "max" ? result<double>(0.0)
                                : number_in(found->second, "--speed", 0.01, 1000);
}

/// Shows a checked recording in its times. Ctrl-C is looked for now and then even without them.
class replayer {
public:
  replayer(command_call& call, double speed) : call_(call), speed_(speed) {}

  void show(recording_reader& from, const std::string& only) {
    const auto begun = call_.cluster.now();
    for (auto got = from.next(); got && *got; got = from.next()) {
      const auto& one = **got;
      ++read;
      const bool is_wanted = without_time(one).find(only) != std::string::npos;
      const bool goes_on = is_wanted && speed_ > 0 ? wait_for(one, begun) : looks_fine();
      if (!goes_on) {
        return;
      }
      if (is_wanted) {
        call_.emit(as_json(one), as_line(one));
        ++shown;
      }
    }
  }

  std::uint64_t read = 0;
  std::uint64_t shown = 0;

private:
  static constexpr std::uint64_t looked_every = 1024;

  bool looks_fine() { return read % looked_every != 0 || call_.cluster.pause(1ms); }

  bool wait_for(const seen_message& what, time_point begun) {
    const std::chrono::duration<double, std::milli> after(what.at_ms / speed_);
    const auto left = begun + std::chrono::duration_cast<duration>(after) - call_.cluster.now();
    return left < 1ms ? looks_fine() : call_.cluster.pause(left);
  }

  command_call& call_;
  double speed_;
};

} // namespace

result<sheet> run_replay(command_call& call) {
  const auto path = call.given.at(0);
  const auto speed = speed_of(call);
  if (!speed) {
    return speed.err();
  }
  const auto text = read_recording(path);
  if (!text) {
    return text.err();
  }
  if (auto fine = check(*text, path); !fine) {
    return fine.err();
  }
  recording_reader reader(*text, path);
  const auto head = reader.head();
  if (!head) {
    return head.err();
  }
  call.emit(json::object_of({{"actor", head->actor},
                             {"cluster", head->cluster},
                             {"version", head->version},
                             {"begun_unix_ms", head->begun_unix_ms},
                             {"rate_per_s", head->rate_per_s},
                             {"for_ms", head->for_ms}}),
            head->actor + " of cluster " + head->cluster + ", recorded "
                + calendar_text(head->begun_unix_ms) + " with at most "
                + std::to_string(head->rate_per_s) + "/s");
  replayer show(call, *speed);
  show.show(reader, call.given.at(1));
  const auto& end = reader.end();
  sheet out{.facts = {{"actor", head->actor},
                      {"lines", show.read},
                      {"shown", show.shown},
                      {"skipped", end ? json::value{end->skipped} : json::value{}},
                      {"ended", end ? json::value{end->ended} : json::value{}}}};
  out.after = {std::to_string(show.shown) + " of " + std::to_string(show.read) + " messages shown"};
  if (end) {
    out.after.front() += ", " + std::to_string(end->skipped)
                         + " were over the rate when it was recorded" + words_of_end(end->ended);
  } else if (!call.cluster.interrupted()) {
    out.after.front() += "; the recording was cut short: its last line is missing";
  }
  return out;
}

} // namespace troupe::shell
