# What the lab needs beside Java: a router with NAT, a lossy line, a capture, and what reads one. Not part of the server's image.
ARG TOOLS_BASE_IMAGE=debian:bookworm-slim
FROM ${TOOLS_BASE_IMAGE}
RUN apt-get update -q \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends iproute2 nftables tcpdump tshark \
  && rm -rf /var/lib/apt/lists/*
COPY docker/tools/ /opt/dualport/
CMD ["sleep", "infinity"]
