#include "data/collect/html.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/format.h"
#include "data/collect/html_guard.h"

namespace fettle::data::collect {
namespace {

constexpr std::int64_t kMaxDepth = 2000;
constexpr std::int64_t kMaxCopies = 2'000'000;

struct Destroy {
  void operator()(GumboOutput* output) const {
    ::gumbo_destroy_output(&kGumboDefaultOptions, output);
  }
};

constexpr std::array kNeverRead = {
    GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE,  GUMBO_TAG_TEMPLATE, GUMBO_TAG_NOSCRIPT, GUMBO_TAG_NAV,
    GUMBO_TAG_ASIDE,  GUMBO_TAG_FORM,   GUMBO_TAG_BUTTON,   GUMBO_TAG_SELECT,   GUMBO_TAG_TEXTAREA,
    GUMBO_TAG_IFRAME, GUMBO_TAG_OBJECT, GUMBO_TAG_SVG,      GUMBO_TAG_CANVAS,   GUMBO_TAG_HEAD,
    GUMBO_TAG_VIDEO,  GUMBO_TAG_AUDIO,  GUMBO_TAG_MENU,     GUMBO_TAG_MATH};
constexpr std::array kBlocks = {
    GUMBO_TAG_P,       GUMBO_TAG_DIV,        GUMBO_TAG_SECTION,   GUMBO_TAG_ARTICLE,
    GUMBO_TAG_MAIN,    GUMBO_TAG_H1,         GUMBO_TAG_H2,        GUMBO_TAG_H3,
    GUMBO_TAG_H4,      GUMBO_TAG_H5,         GUMBO_TAG_H6,        GUMBO_TAG_UL,
    GUMBO_TAG_OL,      GUMBO_TAG_LI,         GUMBO_TAG_DL,        GUMBO_TAG_DT,
    GUMBO_TAG_DD,      GUMBO_TAG_TABLE,      GUMBO_TAG_TR,        GUMBO_TAG_PRE,
    GUMBO_TAG_HEADER,  GUMBO_TAG_FOOTER,     GUMBO_TAG_FIGURE,    GUMBO_TAG_HR,
    GUMBO_TAG_BODY,    GUMBO_TAG_CAPTION,    GUMBO_TAG_ADDRESS,   GUMBO_TAG_DETAILS,
    GUMBO_TAG_SUMMARY, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_FIGCAPTION};
// Whole words of class and id, and values of role.
constexpr std::array<std::string_view, 18> kBoilerplate = {
    "nav",     "navbar",  "navigation",  "menu",          "banner", "cookie",
    "cookies", "sidebar", "breadcrumb",  "breadcrumbs",   "share",  "social",
    "advert",  "ads",     "contentinfo", "complementary", "search", "newsletter"};

template <std::size_t N>
bool among(const std::array<GumboTag, N>& tags, GumboTag tag) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

bool is_element(const GumboNode* node) { return node->type == GUMBO_NODE_ELEMENT; }

// Whether a word of `value` ("site-nav main" has three) is among the boilerplate's.
bool names_boilerplate(std::string_view value) {
  std::string word;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    const char c = i < value.size() ? value[i] : ' ';
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      word += static_cast<char>(c | 0x20);
      continue;
    }
    if (std::find(kBoilerplate.begin(), kBoilerplate.end(), word) != kBoilerplate.end())
      return true;
    word.clear();
  }
  return false;
}

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* const found = ::gumbo_get_attribute(&element.attributes, name);
  return found == nullptr ? std::string_view() : found->value;
}

bool has_attribute(const GumboElement& element, const char* name) {
  return ::gumbo_get_attribute(&element.attributes, name) != nullptr;
}

bool is_boilerplate(const GumboNode* node) {
  const GumboElement& element = node->v.element;
  if (among(kNeverRead, element.tag) || has_attribute(element, "hidden")) return true;
  // An article's own header holds its headline; the page's does not.
  const bool of_page = node->parent != nullptr && is_element(node->parent) &&
                       node->parent->v.element.tag == GUMBO_TAG_BODY;
  if (of_page && (element.tag == GUMBO_TAG_HEADER || element.tag == GUMBO_TAG_FOOTER)) return true;
  if (element.tag == GUMBO_TAG_FOOTER || attribute(element, "aria-hidden") == "true") return true;
  if (attribute(element, "style").find("display:none") != std::string_view::npos) return true;
  if (element.tag == GUMBO_TAG_BODY || element.tag == GUMBO_TAG_HTML) return false;
  return names_boilerplate(attribute(element, "class")) ||
         names_boilerplate(attribute(element, "id")) ||
         names_boilerplate(attribute(element, "role"));
}

// Calls enter(node) before a node's children and leave(node) behind them; children are left out
// where enter() says false. Without recursion: pages nest as deep as they like.
template <class Enter, class Leave>
void walk(const GumboNode* root, const Enter& enter, const Leave& leave) {
  struct Step {
    const GumboNode* node;
    unsigned child;
  };
  std::vector<Step> open;
  if (enter(root)) open.push_back({root, 0});
  while (!open.empty()) {
    Step& top = open.back();
    const bool has_children = is_element(top.node);
    if (!has_children || top.child == top.node->v.element.children.length) {
      leave(top.node);
      open.pop_back();
      continue;
    }
    const auto* const child =
        static_cast<const GumboNode*>(top.node->v.element.children.data[top.child++]);
    if (enter(child)) open.push_back({child, 0});
  }
}

// Letters in the node, and those of them that stand in links.
struct Letters {
  std::size_t all = 0;
  std::size_t linked = 0;
};

Letters letters_of(const GumboNode* root) {
  Letters letters;
  int links = 0;
  const auto is_link = [](const GumboNode* node) {
    return is_element(node) && node->v.element.tag == GUMBO_TAG_A;
  };
  walk(
      root,
      [&](const GumboNode* node) {
        if (is_element(node) && is_boilerplate(node)) return false;
        links += is_link(node) ? 1 : 0;
        if (node->type == GUMBO_NODE_TEXT) {
          const std::string_view words(node->v.text.text);
          const auto count = static_cast<std::size_t>(std::count_if(
              words.begin(), words.end(), [](char c) { return c != ' ' && c != '\n'; }));
          letters.all += count;
          letters.linked += links > 0 ? count : 0;
        }
        return is_element(node);
      },
      [&](const GumboNode* node) { links -= is_link(node) ? 1 : 0; });
  return letters;
}

// A list or a table of little but links leads elsewhere.
bool is_link_list(const GumboNode* node) {
  const GumboTag tag = node->v.element.tag;
  if (tag != GUMBO_TAG_UL && tag != GUMBO_TAG_OL) return false;
  const Letters letters = letters_of(node);
  return letters.all > 0 && letters.linked * 10 > letters.all * 7;
}

// Builds paragraphs: white space is folded outside of <pre>, blocks are parted by an empty line.
class Writer {
 public:
  void words(std::string_view given) {
    if (pre_ > 0) {
      out_ += given;
      return;
    }
    for (const char c : given) {
      const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
      if (!space) {
        out_ += c;
      } else if (!out_.empty() && out_.back() != ' ' && out_.back() != '\n') {
        out_ += ' ';
      }
    }
  }
  // A paragraph's end that is there already stays.
  void end_line(bool paragraph) {
    while (out_.ends_with(' ')) out_.pop_back();
    paragraph = paragraph || out_.ends_with("\n\n");
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\n')) out_.pop_back();
    if (out_.ends_with("\n-")) out_.resize(out_.size() - 2);
    if (!out_.empty()) out_ += paragraph ? "\n\n" : "\n";
  }
  void item() {
    end_line(false);
    out_ += "- ";
  }
  void pre(int step) { pre_ += step; }
  std::string take() {
    end_line(false);
    while (!out_.empty() && out_.back() == '\n') out_.pop_back();
    return std::move(out_);
  }

 private:
  std::string out_;
  int pre_ = 0;
};

void begin_block(const GumboNode* node, Writer& writer) {
  const GumboTag tag = node->v.element.tag;
  if (tag == GUMBO_TAG_LI) return writer.item();
  if (tag == GUMBO_TAG_BR) return writer.end_line(false);
  if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) return writer.words(" ");
  if (among(kBlocks, tag)) writer.end_line(tag != GUMBO_TAG_TR && tag != GUMBO_TAG_DD);
  if (tag == GUMBO_TAG_PRE) writer.pre(1);
}

void end_block(const GumboNode* node, Writer& writer) {
  if (!is_element(node)) return;
  const GumboTag tag = node->v.element.tag;
  if (tag == GUMBO_TAG_PRE) writer.pre(-1);
  if (tag == GUMBO_TAG_LI || tag == GUMBO_TAG_TR) return writer.end_line(false);
  if (among(kBlocks, tag)) writer.end_line(true);
}

std::string text_of(const GumboNode* root) {
  Writer writer;
  walk(
      root,
      [&](const GumboNode* node) {
        if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
            node->type == GUMBO_NODE_CDATA) {
          writer.words(node->v.text.text);
          return false;
        }
        if (!is_element(node)) return false;
        if (node != root && (is_boilerplate(node) || is_link_list(node))) return false;
        begin_block(node, writer);
        return true;
      },
      [&](const GumboNode* node) { end_block(node, writer); });
  return writer.take();
}

struct Found {
  std::vector<const GumboNode*> articles;  // <main>, or else each outermost <article>
  const GumboNode* title = nullptr;
};

Found look_through(const GumboNode* root) {
  Found found;
  std::vector<const GumboNode*> mains;
  walk(
      root,
      [&](const GumboNode* node) {
        if (!is_element(node)) return false;
        const GumboElement& element = node->v.element;
        const GumboTag tag = element.tag;
        if (tag == GUMBO_TAG_TITLE && found.title == nullptr) found.title = node;
        if (tag == GUMBO_TAG_MAIN || attribute(element, "role") == "main") mains.push_back(node);
        if (tag == GUMBO_TAG_ARTICLE) found.articles.push_back(node);
        return tag != GUMBO_TAG_ARTICLE && mains.empty();
      },
      [](const GumboNode*) {});
  if (!mains.empty()) found.articles = mains;
  return found;
}

}  // namespace

Result<Page> read_page(std::string_view html, std::string_view where) {
  const MarkupCost cost = markup_cost(html);
  if (cost.depth > kMaxDepth || cost.copies > kMaxCopies) {
    return problem(std::string(where),
                   text("the markup nests up to {} deep and reopens {} elements; pages of at most "
                        "{} and {} are read",
                        cost.depth, cost.copies, kMaxDepth, kMaxCopies));
  }
  const std::unique_ptr<GumboOutput, Destroy> parsed(
      ::gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size()));
  if (!parsed) return problem(std::string(where), "cannot be parsed as HTML");
  const Found found = look_through(parsed->root);
  Page page;
  if (found.title != nullptr) page.title = text_of(found.title);
  for (const GumboNode* const article : found.articles) {
    const std::string part = text_of(article);
    if (part.empty()) continue;
    if (!page.text.empty()) page.text += "\n\n";
    page.text += part;
  }
  if (page.text.empty()) page.text = text_of(parsed->root);
  return page;
}

}  // namespace fettle::data::collect
