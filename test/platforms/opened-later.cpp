// A library that a program opens while it runs: exceptions are thrown in it, and through it.
#include <stdexcept>

struct Left
{
  int &count;
  ~Left() { count++; }
};

extern "C" void throw_in_library()
{
  throw std::out_of_range("in a library");
}

extern "C" void call_through_library(void (*function)(), int *left)
{
  Left counted{*left};
  function();
}
