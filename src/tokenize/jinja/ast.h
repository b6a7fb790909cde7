// The tree of a parsed template. Chains that nest to the left in Jinja's grammar (a + b + c,
// a.b(c)|d) are flat lists here, so that the tree is no deeper than the source is nested.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tokenize/jinja/value.h"

namespace fettle::tokenize::jinja {

using Symbol = std::uint32_t;  // index into Tree::names

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

// Lists of incomplete structs stand in the tree: a vector may hold them, a pair may not (C++20).
struct NamedArgument;
struct CallArguments {
  std::vector<Expr> positional;
  std::vector<NamedArgument> named;
  ExprPtr rest;        // *expression
  ExprPtr named_rest;  // **expression
};

// What may follow a primary expression.
struct AttributeLink {
  Value name;
};
struct ItemLink {
  ExprPtr key;
};
struct CallLink {
  CallArguments arguments;
};
struct FilterLink {
  std::string name;
  CallArguments arguments;
};
struct TestLink {
  std::string name;
  CallArguments arguments;
  bool negated = false;
};
struct Link {
  std::size_t line;
  std::variant<AttributeLink, ItemLink, CallLink, FilterLink, TestLink> node;
};

enum class UnaryOperator { kNot, kMinus, kPlus };
enum class Operator { kAdd, kSub, kMul, kDiv, kFloorDiv, kMod, kPow };
enum class Comparison { kEq, kNe, kLt, kLe, kGt, kGe, kIn, kNotIn };

struct ConstantExpr {
  Value value;
};
struct NameExpr {
  Symbol symbol;
};
struct ListExpr {
  std::vector<Expr> items;
};
struct TupleExpr {
  std::vector<Expr> items;
};
struct DictEntry;
struct DictExpr {
  std::vector<DictEntry> items;
};
struct SliceExpr {  // start:stop:step inside a subscript
  ExprPtr start, stop, step;
};
struct ChainExpr {
  ExprPtr base;
  std::vector<Link> links;
};
struct UnaryExpr {
  UnaryOperator op;
  ExprPtr operand;
};
struct Operand;
struct ArithmeticExpr {  // left-associative
  ExprPtr first;
  std::vector<Operand> rest;
};
struct ConcatExpr {
  std::vector<Expr> parts;
};
struct LogicExpr {
  bool all;  // and; otherwise or
  std::vector<Expr> parts;
};
struct Compared;
struct CompareExpr {
  ExprPtr first;
  std::vector<Compared> rest;
};
struct ConditionalExpr {
  ExprPtr test, then, otherwise;  // otherwise may be null
};

struct Expr {
  std::size_t line = 0;
  std::variant<ConstantExpr, NameExpr, ListExpr, TupleExpr, DictExpr, SliceExpr, ChainExpr,
               UnaryExpr, ArithmeticExpr, ConcatExpr, LogicExpr, CompareExpr, ConditionalExpr>
      node;
};

struct NamedArgument {
  std::string name;
  Expr value;
};
struct DictEntry {
  Expr key;
  Expr value;
};
struct Operand {
  Operator op;
  Expr value;
};
struct Compared {
  Comparison op;
  Expr value;
};

// What can be assigned to: a name, a namespace's attribute, or a tuple of targets.
struct Target {
  std::size_t line = 0;
  bool is_tuple = false;
  Symbol symbol = 0;
  std::string attribute;  // empty: the name itself
  std::vector<Target> items;
};

struct Statement;
using Block = std::vector<Statement>;

struct TextStatement {
  std::string text;
};
struct PrintStatement {
  Expr value;
};
struct Branch;
struct IfStatement {
  std::vector<Branch> branches;
  Block otherwise;
};
struct ForStatement {
  Target target;
  Expr sequence;
  ExprPtr test;  // may be null
  bool recursive = false;
  Block body;
  Block otherwise;
};
struct SetStatement {
  Target target;
  Expr value;
};
struct SetBlockStatement {
  Target target;
  std::vector<Link> filters;
  Block body;
};
struct MacroBody {
  std::string name;
  std::vector<Symbol> parameters;
  std::vector<Expr> defaults;  // of the last parameters
  bool uses_caller = false;
  bool uses_varargs = false;
  bool uses_kwargs = false;
  Block body;
};
struct MacroStatement {
  Symbol symbol;
  MacroBody macro;
};
struct CallStatement {
  MacroBody caller;
  Expr call;
};
struct FilterStatement {
  std::vector<Link> filters;
  Block body;
};
struct WithStatement {
  std::vector<std::pair<Target, Expr>> values;
  Block body;
};
struct BlockStatement {
  Block body;
};
struct GenerationStatement {
  Block body;
};
struct BreakStatement {};
struct ContinueStatement {};

struct Statement {
  std::size_t line = 0;
  std::variant<TextStatement, PrintStatement, IfStatement, ForStatement, SetStatement,
               SetBlockStatement, MacroStatement, CallStatement, FilterStatement, WithStatement,
               BlockStatement, GenerationStatement, BreakStatement, ContinueStatement>
      node;
};

struct Branch {
  Expr test;
  Block body;
};

struct Tree {
  Block body;
  std::vector<std::string> names;  // each name that the template uses, once
  Symbol loop = 0, caller = 0, varargs = 0, kwargs = 0;
};

}  // namespace fettle::tokenize::jinja
