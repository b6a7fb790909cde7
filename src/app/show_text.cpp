// show tokens, show chat, show mask: what the model will see and what is scored.
#include <iostream>
#include <iterator>
#include <limits>

#include "app/assemble.h"
#include "app/show.h"
#include "batch/make_example.h"

namespace fettle::app {
namespace {

struct TextArguments {
  std::string model;
  std::string chat_template;
  bool lines = false;
  bool special = false;
  bool decode = false;
};

std::string read_input() {
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

Json parse_or_throw(std::string_view source, const std::string& where) {
  Result<Json> json = parse_json(source, where);
  if (!json) throw DataError("{}", json.error().message());
  return std::move(*json);
}

// Calls answer for the whole input, or for each line of it.
void for_each_input(bool lines,
                    const std::function<void(const std::string&, const std::string&)>& answer) {
  if (!lines) return answer(read_input(), "standard input");
  std::int64_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    answer(line, text("standard input:{}", ++number));
  }
}

Json tokens_json(const tokenize::Encoding& encoding) {
  Json offsets = Json::array();
  for (const auto& [begin, end] : encoding.offsets) offsets.push_back({begin, end});
  return {{"ids", encoding.ids}, {"offsets", offsets}};
}

void print_tokens(const tokenize::Tokenizer& tokenizer, const tokenize::Encoding& encoding) {
  for (const tokenize::TokenId id : encoding.ids) {
    std::cout << text("{:>8}  {}\n", id, to_text(Json(tokenizer.decode(std::span(&id, 1), false))));
  }
  std::cout << text("{} tokens\n", encoding.ids.size());
}

std::vector<tokenize::TokenId> ids_of(const Json& request, const std::string& where) {
  const Json* ids = find(request, "ids");
  if (ids == nullptr || !ids->is_array()) {
    throw DataError("{}: {{\"ids\": [...]}} was expected", where);
  }
  constexpr std::uint64_t kMost = std::numeric_limits<tokenize::TokenId>::max();
  std::vector<tokenize::TokenId> out;
  for (const Json& id : *ids) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() > kMost) {
      throw DataError("{}: ids[{}] is {}; whole numbers from 0 to {} are allowed", where,
                      out.size(), to_text(id), kMost);
    }
    out.push_back(id.get<tokenize::TokenId>());
  }
  return out;
}

void show_one_text(const TextArguments& arguments, const tokenize::Tokenizer& tokenizer,
                   const Common& common, const std::string& input, const std::string& where) {
  if (arguments.decode) {
    const auto ids = ids_of(parse_or_throw(input, where), where);
    const std::string words = tokenizer.decode(ids, !arguments.special);
    std::cout << to_text({{"text", words}}) << "\n";
    return;
  }
  std::string words = input;
  if (arguments.lines) {
    const Json json = parse_or_throw(input, where);
    if (!json.is_string()) throw DataError("{}: a JSON string was expected", where);
    words = json.get<std::string>();
  }
  const tokenize::Encoding encoding = tokenizer.encode(words, arguments.special);
  if (common.json || arguments.lines) {
    std::cout << to_text(tokens_json(encoding)) << "\n";
  } else {
    print_tokens(tokenizer, encoding);
  }
}

ExitCode show_tokens(const TextArguments& arguments, const Common& common) {
  const model::TextSide side = model::open_text_side(arguments.model);
  for_each_input(arguments.lines, [&](const std::string& input, const std::string& where) {
    show_one_text(arguments, *side.tokenizer, common, input, where);
  });
  std::cout << std::flush;
  return ExitCode::kDone;
}

// Each token as it reads, scored ones in [].
void print_scored(const tokenize::Tokenizer& tokenizer, const batch::Example& example) {
  for (std::size_t i = 0; i < example.ids.size(); ++i) {
    std::string piece = to_text(Json(tokenizer.decode(std::span(&example.ids[i], 1), false)));
    piece = piece.substr(1, piece.size() - 2);
    std::cout << (example.scored[i] != 0 ? "[" + piece + "]" : piece);
    if (piece.ends_with("\\n")) std::cout << "\n";
  }
  std::cout << "\n";
}

data::Row row_of(const Json& request, const std::string& where) {
  const Json* messages = find(request, "messages");
  if (messages == nullptr || !messages->is_array()) {
    throw DataError("{}: {{\"messages\": [...]}} was expected", where);
  }
  data::Row row;
  row.messages = *messages;
  if (const Json* tools = find(request, "tools")) row.tools = *tools;
  if (!row.tools.is_null() && !row.tools.is_array()) {
    throw DataError("{}: \"tools\" is {}; a list of tools or null is allowed", where,
                    to_text(row.tools).substr(0, 64));
  }
  row.origin = {where, 1};
  return row;
}

bool asks_for_prompt(const Json& request, const std::string& where) {
  const Json* asked = find(request, "add_generation_prompt");
  if (asked == nullptr || asked->is_null()) return false;
  if (!asked->is_boolean()) {
    throw DataError("{}: \"add_generation_prompt\" is {}; true or false is allowed", where,
                    to_text(*asked).substr(0, 64));
  }
  return asked->get<bool>();
}

Json rendered_json(const model::TextSide& side, const Json& request, const std::string& where) {
  if (!side.chat_template) {
    throw DataError("the model has no chat template; give one with --chat-template");
  }
  const data::Row row = row_of(request, where);
  tokenize::RenderInput input;
  input.messages = row.messages;
  input.tools = row.tools;
  input.add_generation_prompt = asks_for_prompt(request, where);
  if (const Json* extra = find(request, "chat_template_kwargs")) input.extra = *extra;
  input.bos_token = side.bos_token;
  input.eos_token = side.eos_token;
  const Result<tokenize::Rendered> rendered = side.chat_template->render(input);
  if (!rendered) throw DataError("{}: {}", where, rendered.error().message());
  Json out = {{"text", rendered->text}, {"ids", Json::array()}, {"scored", Json::array()}};
  const Json& last = row.messages.empty() ? Json() : row.messages.back();
  const Json* role = find(last, "role");
  if (!input.add_generation_prompt && role != nullptr && *role == "assistant") {
    const Result<batch::Example> example = batch::make_example(row, text_view(side), {});
    if (!example) throw DataError("{}", example.error().message());
    out["ids"] = example->ids;
    for (const std::uint8_t flag : example->scored) out["scored"].push_back(flag != 0);
    return out;
  }
  out["ids"] = side.tokenizer->encode(rendered->text, false).ids;
  out["scored"] = std::vector<bool>(out["ids"].size(), false);
  return out;
}

ExitCode show_chat(const TextArguments& arguments, const Common& common) {
  const model::TextSide side = model::open_text_side(arguments.model, arguments.chat_template);
  for_each_input(arguments.lines, [&](const std::string& input, const std::string& where) {
    const Json json = rendered_json(side, parse_or_throw(input, where), where);
    if (common.json || arguments.lines) {
      std::cout << to_text(json) << "\n";
    } else {
      std::cout << json["text"].get<std::string>();
    }
  });
  std::cout << std::flush;
  return ExitCode::kDone;
}

struct MaskArguments {
  std::string recipe;
  std::vector<std::string> set;
  std::int64_t rows = 3;
  bool in_order = false;
};

// Indices of the rows to show with the optimizer step that trains on each (-1: not asked for).
std::vector<std::pair<std::size_t, std::int64_t>> chosen_rows(const MaskArguments& arguments,
                                                              const recipe::Recipe& recipe,
                                                              std::size_t examples) {
  const auto wanted = static_cast<std::size_t>(arguments.rows);
  std::vector<std::pair<std::size_t, std::int64_t>> out;
  if (!arguments.in_order) {
    for (std::size_t i = 0; i < std::min(examples, wanted); ++i) out.emplace_back(i, -1);
    return out;
  }
  const batch::Loader loader(static_cast<std::int64_t>(examples), loader_options(recipe));
  for (std::int64_t step = 0; step < loader.total_steps() && out.size() < wanted; ++step) {
    for (const std::int64_t row : loader.step_rows(step)) {
      if (out.size() < wanted) out.emplace_back(static_cast<std::size_t>(row), step);
    }
  }
  return out;
}

ExitCode show_mask(const MaskArguments& arguments, const Common& common) {
  const recipe::Recipe recipe = recipe::load_recipe(arguments.recipe, arguments.set).recipe;
  const model::TextSide side =
      model::open_text_side(recipe.model.model_name_or_path, recipe.model.chat_template);
  const data::LoadedData data = load_rows(recipe);
  batch::ExampleReport report;
  const auto examples =
      batch::build_examples(data.train.rows, text_view(side), recipe.train.batch, report);
  check_examples(report, recipe.data.max_bad_rows, data.train.name);
  for (const auto& [index, step] : chosen_rows(arguments, recipe, examples.size())) {
    const batch::Example& example = examples[index];
    if (common.json) {
      Json json = {{"origin", example.origin.text()}, {"ids", example.ids}};
      for (const std::uint8_t flag : example.scored) json["scored"].push_back(flag != 0);
      if (step >= 0) json["step"] = step;
      if (example.weight != 1) json["weight"] = example.weight;
      std::cout << to_text(json) << "\n";
    } else {
      std::cout << "-- " << example.origin.text() << " (scored tokens in [])\n";
      print_scored(*side.tokenizer, example);
    }
  }
  if (!common.json) std::cout << batch::summary(report) << "\n";
  return ExitCode::kDone;
}

std::shared_ptr<TextArguments> text_options(CLI::App& command) {
  const auto arguments = std::make_shared<TextArguments>();
  command.add_option("--model", arguments->model, "model folder or GGUF file")->required();
  command.add_flag("--lines", arguments->lines, "a JSON request a line, a JSON answer a line");
  return arguments;
}

}  // namespace

std::function<ExitCode()> add_show_tokens(CLI::App& command, const Common& common) {
  const auto arguments = text_options(command);
  command.add_flag("--special", arguments->special,
                   "add special tokens as the tokenizer does; with --decode, keep them");
  command.add_flag("--decode", arguments->decode, "from {\"ids\": [...]} to {\"text\": ...}");
  return [arguments, &common] { return show_tokens(*arguments, common); };
}

std::function<ExitCode()> add_show_chat(CLI::App& command, const Common& common) {
  const auto arguments = text_options(command);
  command.add_option("--chat-template", arguments->chat_template,
                     ".jinja file over the model's own");
  return [arguments, &common] { return show_chat(*arguments, common); };
}

std::function<ExitCode()> add_show_mask(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<MaskArguments>();
  command.add_option("recipe", arguments->recipe, "YAML recipe")->required();
  command.add_option("--set", arguments->set, "key=value over the recipe; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--rows", arguments->rows, "rows shown (3)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 30));
  command.add_flag("--in-order", arguments->in_order, "in the order that training takes them");
  return [arguments, &common] { return show_mask(*arguments, common); };
}

}  // namespace fettle::app
