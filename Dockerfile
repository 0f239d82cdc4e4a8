# syntax=docker/dockerfile:1

# Alpine's toolchain links the C library in: the binary needs nothing around it.
FROM rust:1.95-alpine AS build
# A version that is pinned today is gone from Alpine's mirrors tomorrow; what counts is pinned by Cargo.lock.
# hadolint ignore=DL3018
RUN apk add --no-cache build-base ca-certificates
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin ramal \
    && install -D -m 0755 target/release/ramal /image/usr/local/bin/ramal \
    && install -D -m 0644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
    && install -d -m 0750 -o 65532 -g 65532 /image/data \
    && /image/usr/local/bin/ramal --version

# No shell, no packages, no users: the binary, certificates and a folder to write in.
FROM scratch
COPY --from=build /image/ /
USER 65532:65532
# The documents of Teravoz's clients print this port. The panel and the API are on it too.
ENV RAMAL_LISTEN=0.0.0.0:3000
EXPOSE 3000
# The embedded database and its key; with PostgreSQL nothing is written here. Everything else may be read-only.
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/local/bin/ramal", "health"]
ENTRYPOINT ["/usr/local/bin/ramal"]
CMD ["serve"]
