# syntax=docker/dockerfile:1
# TraceRail: the binary and the C library, no shell and no package manager; it runs as a user without rights.
#   docker build -t tracerail .
FROM rust:1.95.0-slim-bookworm AS build
# A C compiler and cmake for what is not Rust: SQLite, TLS, the allocator.
RUN apt-get update && apt-get install -y --no-install-recommends build-essential cmake && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# The caches stay with the builder; so the binary is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target \
    cargo build --profile dist --locked --bin tracerail && cp target/dist/tracerail /tracerail

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /tracerail /usr/local/bin/tracerail
# The embedded edition keeps its file here.
WORKDIR /data
ENTRYPOINT ["/usr/local/bin/tracerail"]
CMD ["run"]
