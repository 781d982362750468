#!/usr/bin/env sh
# Builds llama-server of exactly the llama.cpp release inside the installed node-llama-cpp, for npm run bench-peers, into
# .cache/llama-server. Once a version; a quarter of an hour on two cores. Needs git, cmake, ninja and a C++ compiler.
set -eu
project=$(cd "$(dirname "$0")/../.." && pwd)
home=$project/.cache/llama-server
bundle=$project/node_modules/node-llama-cpp/llama/gitRelease.bundle
[ -f "$bundle" ] || { echo "There is no $bundle: run npm start once, which installs the packages." >&2; exit 1; }
rm -rf "$home"
mkdir -p "$home/bin"
git -c advice.detachedHead=false clone --quiet "$bundle" "$home/source"
cmake -S "$home/source" -B "$home/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=ON \
  -DGGML_CCACHE=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF
cmake --build "$home/build" --target llama-server
cp "$home/build/bin/llama-server" "$home/bin/"
rm -rf "$home/build" "$home/source"
echo "$home/bin/llama-server"
