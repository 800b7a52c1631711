add_library(project_options INTERFACE) # Every target of ours links this; third-party code never does.
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Wnull-dereference $<$<CXX_COMPILER_ID:GNU>:-Wsuggest-override>)
target_compile_definitions(project_options INTERFACE
  QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS QT_NO_FOREACH QT_NO_NARROWING_CONVERSIONS_IN_CONNECT)
target_include_directories(project_options INTERFACE ${PROJECT_SOURCE_DIR})
if(SANITIZERS)
  target_compile_options(project_options INTERFACE -fsanitize=${SANITIZERS} -fno-omit-frame-pointer)
  target_link_options(project_options INTERFACE -fsanitize=${SANITIZERS})
endif()

# One folder under engine/ is one static library, engine_<folder>.
#   engine_library(plan SOURCES a.cpp a.h DEPENDS engine_pack PRIVATE_LIBS OpenSSL::Crypto)
# DEPENDS says what the headers show; the test of the layer table checks the includes behind it.
function(engine_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_LIBS" ${ARGN})
  add_library(engine_${folder} STATIC ${ARG_SOURCES})
  target_link_libraries(engine_${folder} PUBLIC Qt6::Core ${ARG_DEPENDS} PRIVATE project_options ${ARG_PRIVATE_LIBS})
endfunction()
