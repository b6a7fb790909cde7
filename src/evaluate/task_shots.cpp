#include "evaluate/task_shots.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"

namespace fettle::evaluate {
namespace {

void normalise(std::vector<std::vector<float>>& rows) {
  for (std::vector<float>& row : rows) {
    const double square =
        std::inner_product(row.begin(), row.end(), row.begin(), 0.0, std::plus<>(),
                           [](float a, float b) { return static_cast<double>(a) * b; });
    const auto length = static_cast<float>(std::sqrt(square));
    if (length > 0) {
      for (float& value : row) value /= length;
    }
  }
}

std::span<const Json> first_of(std::span<const Json> pool, std::int64_t most) {
  return most == 0 ? pool : pool.first(std::min(pool.size(), static_cast<std::size_t>(most)));
}

}  // namespace

ShotChooser::ShotChooser(const TaskFile& task, const Prompter& prompter,
                         std::span<const Json> judged, std::span<const Json> pool,
                         const ShotOptions& options)
    : task_(task),
      prompter_(prompter),
      judged_(judged),
      pool_(first_of(pool, task.shot_pool)),
      count_(static_cast<std::size_t>(options.count)),
      random_(options.seed),
      // lm-evaluation-harness compares the keys as they stand, so that neither being given
      // leaves the judged row out, too.
      leave_out_(task.fewshot_split == task.test_split) {
  if (count_ == 0) return;
  if (task.shot_rule == ShotRule::kWords || task.shot_rule == ShotRule::kStates) {
    prepare_likeness(options.states);
  }
  if (task.shot_rule == ShotRule::kBalanced) prepare_classes();
}

void ShotChooser::prepare_likeness(const TextStates& states) {
  std::vector<std::string> asked;
  for (const Json& row : pool_) asked.push_back(prompter_.asked_by(row));
  if (task_.shot_rule == ShotRule::kWords) {
    words_.emplace(asked);
    return;
  }
  if (!states) {
    throw DataError("task {}: shots chosen by hidden states need a model of fettle's own",
                    task_.name);
  }
  pool_states_ = states(asked);
  asked.clear();
  for (const Json& row : judged_) asked.push_back(prompter_.asked_by(row));
  judged_states_ = states(asked);
  normalise(pool_states_);
  normalise(judged_states_);
}

void ShotChooser::prepare_classes() {
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < pool_.size(); ++i) {
    const auto [found, fresh] = place.emplace(prompter_.answer_of(pool_[i]), classes_.size());
    if (fresh) classes_.emplace_back();
    classes_[found->second].push_back(i);
  }
}

std::vector<const Json*> ShotChooser::choose(std::size_t at) {
  if (count_ == 0) return {};
  std::vector<std::size_t> chosen;
  switch (task_.shot_rule) {
    case ShotRule::kDrawn:
      chosen = drawn(judged_[at]);
      break;
    case ShotRule::kFirst:
      chosen = first(judged_[at]);
      break;
    case ShotRule::kWords:
    case ShotRule::kStates:
      chosen = likest(at);
      break;
    case ShotRule::kBalanced:
      chosen = balanced(judged_[at]);
      break;
  }
  reorder(chosen);
  std::vector<const Json*> out;
  for (const std::size_t shot : chosen) out.push_back(&pool_[shot]);
  return out;
}

bool ShotChooser::is_of_group(std::size_t shot, const Json& row) const {
  if (task_.shots_of_column.empty()) return true;
  const Json* wanted = find(row, task_.shots_of_column);
  const Json* has = find(pool_[shot], task_.shots_of_column);
  return wanted == nullptr || (has != nullptr && *has == *wanted);
}

std::vector<std::size_t> ShotChooser::candidates(const Json& row) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < pool_.size(); ++i) {
    if (is_of_group(i, row)) out.push_back(i);
  }
  return out;
}

void ShotChooser::expect(std::size_t found, std::size_t wanted) const {
  if (found >= wanted) return;
  throw DataError("task {}: {} shots are asked for; the split {} has {} rows to draw from",
                  task_.name, count_, task_.shots_split(), found);
}

std::vector<std::size_t> ShotChooser::first(const Json& row) const {
  const std::vector<std::size_t> pool = candidates(row);
  expect(pool.size(), count_);
  std::vector<std::size_t> out;
  for (const std::size_t shot : pool) {
    if (out.size() < count_ && !(leave_out_ && pool_[shot] == row)) out.push_back(shot);
  }
  return out;
}

std::vector<std::size_t> ShotChooser::drawn(const Json& row) {
  const std::vector<std::size_t> pool = candidates(row);
  const std::size_t wanted = count_ + (leave_out_ ? 1 : 0);
  expect(pool.size(), wanted);
  std::vector<std::size_t> out;
  for (const std::size_t at : random_.sample(pool.size(), wanted)) {
    if (out.size() < count_ && !(leave_out_ && pool_[pool[at]] == row)) out.push_back(pool[at]);
  }
  if (out.size() == count_) return out;
  // Several copies of the row were drawn: once more, from the rows that differ.
  std::vector<std::size_t> others;
  for (const std::size_t shot : pool) {
    if (pool_[shot] != row) others.push_back(shot);
  }
  if (count_ > others.size()) {
    throw DataError("task {}: only {} rows differ from the judged one; {} shots are asked for",
                    task_.name, others.size(), count_);
  }
  out.clear();
  for (const std::size_t at : random_.sample(others.size(), count_)) out.push_back(others[at]);
  return out;
}

std::vector<std::size_t> ShotChooser::likest(std::size_t at) const {
  std::vector<double> likeness;
  if (words_) {
    likeness = words_->scores(prompter_.asked_by(judged_[at]));
  } else {
    for (const std::vector<float>& state : pool_states_) {
      likeness.push_back(std::inner_product(
          state.begin(), state.end(), judged_states_[at].begin(), 0.0, std::plus<>(),
          [](float a, float b) { return static_cast<double>(a) * b; }));
    }
  }
  // A heap gives the likest one by one: few are taken of many.
  std::vector<std::size_t> heap(pool_.size());
  std::iota(heap.begin(), heap.end(), std::size_t{0});
  const auto less_like = [&](std::size_t a, std::size_t b) {
    return likeness[a] != likeness[b] ? likeness[a] < likeness[b] : a > b;
  };
  std::make_heap(heap.begin(), heap.end(), less_like);
  std::vector<std::size_t> out;
  for (auto end = heap.end(); end != heap.begin() && out.size() < count_; --end) {
    std::pop_heap(heap.begin(), end, less_like);
    const std::size_t shot = *(end - 1);
    if (is_of_group(shot, judged_[at]) && pool_[shot] != judged_[at]) out.push_back(shot);
  }
  expect(out.size(), count_);
  std::ranges::reverse(out);
  return out;
}

std::vector<std::size_t> ShotChooser::balanced(const Json& row) {
  std::vector<std::vector<std::size_t>> turns;
  for (const std::size_t at : random_.sample(classes_.size(), classes_.size())) {
    std::vector<std::size_t> members;
    for (const std::size_t shot : classes_[at]) {
      if (is_of_group(shot, row) && pool_[shot] != row) members.push_back(shot);
    }
    std::vector<std::size_t> turn;
    for (const std::size_t place :
         random_.sample(members.size(), std::min(members.size(), count_))) {
      turn.push_back(members[place]);
    }
    turns.push_back(std::move(turn));
  }
  std::vector<std::size_t> out;
  for (std::size_t round = 0; round < count_; ++round) {
    for (const std::vector<std::size_t>& turn : turns) {
      if (round < turn.size() && out.size() < count_) out.push_back(turn[round]);
    }
  }
  expect(out.size(), count_);
  return out;
}

void ShotChooser::reorder(std::vector<std::size_t>& chosen) const {
  if (task_.shot_order == ShotOrder::kReversed) std::ranges::reverse(chosen);
  if (task_.shot_order == ShotOrder::kSplit) std::ranges::sort(chosen);
  if (task_.shot_order == ShotOrder::kShortest) {
    std::ranges::stable_sort(
        chosen, {}, [&](std::size_t shot) { return prompter_.asked_by(pool_[shot]).size(); });
  }
}

}  // namespace fettle::evaluate
