# Called by cmake/embed.cmake: writes the source file that holds the bytes of the named files.
set(arrays "")
set(rows "")
set(number 0)
string(REPLACE "," ";" names "${NAMES}")
foreach(name IN LISTS names)
  file(READ ${FOLDER}/${name} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND arrays "constexpr char kFile${number}[] = {${bytes} '\\0'};\n")
  string(APPEND rows "    {\"${name}\", {kFile${number}, sizeof kFile${number} - 1}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"serve/page.h\"

namespace ${NAMESPACE} {
namespace {
${arrays}
constexpr PageFile kFiles[] = {
${rows}};
}  // namespace

std::span<const PageFile> ${FUNCTION}() { return kFiles; }

}  // namespace ${NAMESPACE}
")
