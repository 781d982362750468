# Images of Hearth.
#
#   docker build --target cpu -t hearth .           Linux on x86-64 and 64-bit ARM
#   docker build --target cuda -t hearth:cuda .     with CUDA, on x86-64; the host needs the NVIDIA driver and its container toolkit
#
# compose.yaml starts either of them. Everything that must last lies in the volume /data.

# What is built, cross-compiled where the machine that builds is another one than that of the image.
FROM --platform=$BUILDPLATFORM node:20-bookworm-slim AS packages
# With git and a compiler the build makes the native step of its own: some percent faster tokens.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates g++ git python3 xz-utils \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /hearth
# What the packages depend on stands in its own layer: a change of the source installs nothing again.
COPY package.json package-lock.json .npmrc ./
COPY scripts/setup.mjs scripts/npm-program.mjs scripts/
RUN node -e "import('/hearth/scripts/setup.mjs').then(({ ensurePackages }) => ensurePackages({ dev: false }))"

FROM packages AS build
COPY . .
ARG TARGETARCH
# Where releases of this image's maker lie (hearth update); none is built in.
ARG RELEASES_URL=
RUN --mount=type=cache,target=/hearth/.cache \
    target="linux-$(echo "${TARGETARCH:-$(uname -m)}" | sed 's/amd64\|x86_64/x64/; s/aarch64/arm64/')" \
 && npm run build -- --target "$target" --no-archives ${RELEASES_URL:+--releases "$RELEASES_URL"} \
 && install -m 755 "dist/hearth-$target" /usr/local/bin/hearth

FROM packages AS build-cuda
COPY . .
ARG RELEASES_URL=
RUN --mount=type=cache,target=/hearth/.cache \
    npm run build -- --target linux-x64-cuda --no-archives ${RELEASES_URL:+--releases "$RELEASES_URL"} \
 && install -m 755 dist/hearth-linux-x64-cuda /usr/local/bin/hearth

# The part that both images share. By /etc/hearth-image, hearth update knows what brings a newer version.
FROM debian:12-slim AS base
RUN groupadd --system --gid 10001 hearth \
 && useradd --system --uid 10001 --gid hearth --home-dir /data --no-create-home --shell /usr/sbin/nologin hearth \
 && install -d -o hearth -g hearth -m 750 /data \
 && touch /etc/hearth-image
# Published ports lead to the container's own address, and so do other containers: without a key it starts only where somebody has
# said that it may (ALLOWED_API_KEYS or _FILE, keys in /data, or HEARTH_INSECURE=true where the port is published for this machine alone).
ENV HEARTH_HOME=/data \
    HEARTH_HOST=0.0.0.0 \
    HEARTH_PORT=8080
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# At its first start a server fetches its models before it listens, which may take minutes.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15m --retries=3 CMD ["hearth", "health"]
ENTRYPOINT ["hearth"]
CMD ["serve"]
ARG HEARTH_VERSION=0.1.0
LABEL org.opencontainers.image.title="Hearth" \
      org.opencontainers.image.description="Serves language models on the machine it runs on, to anything that speaks the OpenAI API." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$HEARTH_VERSION"
WORKDIR /data

# NVIDIA's runtime libraries, so that of the host only the driver is needed. Whoever builds this accepts NVIDIA's licence, which lies
# beside them. Both versions: with a driver before 590 most GPUs of servers (T4, A100, H100) can use that of CUDA 12 only. They are fetched
# by what pip is told in a layer that no change of the source makes new.
FROM --platform=$BUILDPLATFORM debian:12-slim AS cuda-wheels
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3-pip \
 && rm -rf /var/lib/apt/lists/*
COPY packaging/docker/cuda-12.txt packaging/docker/cuda-13.txt /
ARG PIP_INDEX_URL
RUN pip download --no-cache-dir --no-deps --only-binary=:all: --require-hashes --dest /wheels \
    --requirement /cuda-12.txt --requirement /cuda-13.txt \
    --platform manylinux_2_27_x86_64 --platform manylinux2014_x86_64

FROM base AS cuda-runtime
COPY --from=build-cuda /usr/local/bin/hearth /usr/local/bin/hearth
RUN --mount=type=bind,from=cuda-wheels,source=/wheels,target=/wheels \
    for major in 12 13; do HEARTH_HOME=/opt/hearth hearth cuda install --major "$major" --from /wheels --yes || exit 1; done

FROM base AS cuda
COPY --from=cuda-runtime /opt/hearth/cuda /opt/hearth/cuda
COPY --from=build-cuda /usr/local/bin/hearth /usr/local/bin/hearth
ENV HEARTH_CUDA_DIR=/opt/hearth/cuda \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER hearth

# Last: what docker build makes where no target is named.
FROM base AS cpu
COPY --from=build /usr/local/bin/hearth /usr/local/bin/hearth
USER hearth
