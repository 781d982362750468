// Uses what programs use of the C++ runtime, and says `ok` when all of it did what it should.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <locale>
#include <memory_resource>
#include <mutex>
#include <random>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void demand(bool holds, const char *what)
{
  if (holds)
    return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

struct Counted
{
  int &count;
  ~Counted() { count++; }
};

static void throw_from_depth(int depth, int &count)
{
  Counted counted{count};
  if (depth == 0)
    throw std::system_error(std::make_error_code(std::errc::timed_out), "deep");
  throw_from_depth(depth - 1, count);
}

static void exceptions()
{
  int count = 0;
  try
  {
    throw_from_depth(50, count);
  }
  catch (const std::exception &error)
  {
    demand(dynamic_cast<const std::system_error *>(&error), "the type of an exception");
  }
  demand(count == 51, "destructors on the way of an exception");
  // Thrown in the library itself.
  try
  {
    (void)std::vector<int>().at(1);
    demand(false, "an exception of the library");
  }
  catch (const std::out_of_range &)
  {
  }
  std::exception_ptr kept;
  std::thread([&] {
    try
    {
      (void)std::stoi("no number");
    }
    catch (...)
    {
      kept = std::current_exception();
    }
  }).join();
  try
  {
    std::rethrow_exception(kept);
  }
  catch (const std::invalid_argument &error)
  {
    demand(std::string(error.what()) == "stoi", "an exception of another thread");
  }
}

// What programs are linked to that GCC 11 and older compiled.
extern "C" void wait_of_gcc_11(std::condition_variable *, std::unique_lock<std::mutex> *);
__asm__(".symver wait_of_gcc_11, _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE@GLIBCXX_3.4.11");

static void threads()
{
  std::mutex mutex;
  std::condition_variable condition;
  int turns = 0;
  std::vector<std::thread> workers;
  for (int i = 0; i < 8; i++)
    workers.emplace_back([&, i] {
      std::unique_lock<std::mutex> lock(mutex);
      while (turns != i)
        i % 2 ? condition.wait(lock) : wait_of_gcc_11(&condition, &lock);
      turns++;
      condition.notify_all();
    });
  for (auto &worker : workers)
    worker.join();
  demand(turns == 8, "turns of threads");
  demand(std::async(std::launch::async, [] { return 6 * 7; }).get() == 42, "a future");
  std::promise<int> broken;
  auto future = broken.get_future();
  broken.set_exception(std::make_exception_ptr(std::runtime_error("kept")));
  try
  {
    future.get();
    demand(false, "a future's exception");
  }
  catch (const std::runtime_error &)
  {
  }
}

static void texts()
{
  std::wostringstream wide;
  wide << std::fixed << 3.14159 << L' ' << 12345;
  demand(wide.str() == L"3.141590 12345", "wide streams");
  std::istringstream given("17 0x1f 2.5e3 word");
  int ten = 0, sixteen = 0;
  double number = 0;
  std::string word;
  given >> ten >> std::hex >> sixteen >> number >> word;
  demand(ten == 17 && sixteen == 31 && number == 2500 && word == "word", "streams that are read");
  struct Points : std::numpunct<char>
  {
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  std::ostringstream grouped;
  grouped.imbue(std::locale(std::locale::classic(), new Points));
  grouped << 1234567;
  demand(grouped.str() == "1.234.567", "a locale");
  std::smatch match;
  const std::string address = "GET /v1/models HTTP/1.1";
  demand(std::regex_search(address, match, std::regex(R"(^(\w+) (/\S*))", std::regex::icase)), "a regular expression");
  demand(match[2] == "/v1/models", "a group of a regular expression");
}

static void files()
{
  namespace fs = std::filesystem;
  const auto folder = fs::temp_directory_path() / ("hearth-c++-" + std::to_string(std::random_device{}()));
  fs::create_directories(folder / "a" / "b");
  std::ofstream(folder / "a" / "b" / "file") << "content\n";
  std::string line;
  std::ifstream stream(folder / "a" / "b" / "file");
  std::getline(stream, line);
  demand(line == "content", "a file");
  int entries = 0;
  for (const auto &entry : fs::recursive_directory_iterator(folder))
    entries += entry.exists();
  demand(entries == 3, "a folder");
  demand(fs::remove_all(folder) == 4, "what was removed");
}

static void numbers()
{
  std::random_device device;
  std::vector<unsigned> drawn;
  for (int i = 0; i < 64; i++)
    drawn.push_back(device());
  std::sort(drawn.begin(), drawn.end());
  // Of 64 numbers with 32 bits two are the same once in two million runs.
  demand(std::unique(drawn.begin(), drawn.end()) == drawn.end(), "random numbers");
  std::byte room[256];
  std::pmr::monotonic_buffer_resource resource(room, sizeof room);
  std::pmr::vector<int> values({1, 2, 3}, &resource);
  demand(values.size() == 3, "memory of one's own");
  __int128 large = static_cast<__int128>(1) << 100;
  demand(large / 7 * 7 + large % 7 == large, "numbers with 128 bits");
  demand(std::chrono::steady_clock::now().time_since_epoch().count() > 0, "a clock");
}

static bool is_caught(void (*function)())
{
  try
  {
    function();
  }
  catch (const std::exception &)
  {
    return true;
  }
  return false;
}

static void throw_here() { throw std::runtime_error("here"); }
static void ignore_signal(int) { demand(is_caught(throw_here), "an exception in a signal handler"); }

// The unwinder has to find frames of libraries that were not there when the program began, while others come and go.
static void libraries(const char *path)
{
  std::atomic<bool> done{false};
  std::thread opener([&] {
    while (!done)
    {
      void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
      demand(library && dlclose(library) == 0, "a library that comes and goes");
    }
  });
  for (int i = 0; i < 2000; i++)
    demand(is_caught(throw_here), "exceptions while libraries come and go");
  done = true;
  opener.join();
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  demand(library, "a library that is opened later");
  auto thrower = reinterpret_cast<void (*)()>(dlsym(library, "throw_in_library"));
  auto through = reinterpret_cast<void (*)(void (*)(), int *)>(dlsym(library, "call_through_library"));
  demand(is_caught(thrower), "an exception of a library that was opened later");
  int left = 0;
  try
  {
    through(thrower, &left);
  }
  catch (const std::out_of_range &)
  {
    left += 10;
  }
  demand(left == 11, "an exception through a library that was opened later");
}

static void *wait_for_ever(void *count)
{
  Counted counted{*static_cast<int *>(count)};
  for (;;)
    pause();
}

static void processes()
{
  signal(SIGUSR1, ignore_signal);
  demand(raise(SIGUSR1) == 0, "a signal");
  const pid_t child = fork();
  if (child == 0)
    _exit(is_caught(throw_here) && std::random_device{}() != std::random_device{}() ? 0 : 1);
  int status = 1;
  demand(waitpid(child, &status, 0) == child && status == 0, "exceptions and random numbers after a fork");
  // glibc opens libgcc_s by its name for this.
  pthread_t thread;
  int count = 0;
  demand(pthread_create(&thread, nullptr, wait_for_ever, &count) == 0, "a thread of POSIX");
  pthread_cancel(thread);
  pthread_join(thread, nullptr);
  demand(count == 1, "destructors of a thread that is cancelled");
}

int main(int, char **arguments)
{
  exceptions();
  libraries(arguments[1]);
  processes();
  threads();
  texts();
  files();
  numbers();
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find("libstdc++") != std::string::npos || line.find("libgcc_s") != std::string::npos)
      std::cout << line.substr(line.find('/')) << '\n';
  std::cout << "ok" << std::endl;
}
