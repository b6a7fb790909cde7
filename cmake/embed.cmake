# fettle_embed(TARGET NAMESPACE FUNCTION FOLDER FILES...) compiles the files of FOLDER into TARGET:
# std::span<const NAMESPACE::PageFile> NAMESPACE::FUNCTION(), of serve/page.h.
function(fettle_embed target namespace function folder)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  list(TRANSFORM ARGN PREPEND ${folder}/ OUTPUT_VARIABLE inputs)
  string(JOIN "," names ${ARGN})
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DFOLDER=${folder} -DNAMES=${names}
            -DNAMESPACE=${namespace} -DFUNCTION=${function}
            -P ${CMAKE_SOURCE_DIR}/cmake/write_embedded.cmake
    DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/cmake/write_embedded.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
