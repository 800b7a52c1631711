// Compiles to nothing: the target around it holds the precompiled header, see options.cmake.
