#!/usr/bin/env bash
# Makes an image to build on where docker.io cannot be reached: Debian from its own mirror, the pinned Node and its npm. Needs root,
# debootstrap and buildah. Usage: scripts/base-image.sh NAME[:TAG]; then scripts/image.sh … --build-arg BASE=localhost/NAME
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1
node scripts/ready.mjs true

root=$(mktemp -d)
container=$(buildah from scratch)
trap 'rm -rf "$root"; buildah rm "$container" >/dev/null' EXIT
debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian >/dev/null
install -m 755 node_modules/node/bin/node "$root/usr/local/bin/node"
npm install --global --prefix "$root/usr/local" npm@11.6.2 >/dev/null
# As the official image has it.
chroot "$root" useradd --uid 1000 --user-group --create-home node
# Whoever trusts authorities of their own does so in the image, too.
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  install -D -m 644 "$NODE_EXTRA_CA_CERTS" "$root/usr/local/share/authorities.pem"
  buildah config --env NODE_EXTRA_CA_CERTS=/usr/local/share/authorities.pem "$container"
fi
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
buildah add --quiet "$container" "$root" / >/dev/null
buildah config --env PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin "$container"
buildah commit --quiet --format docker "$container" "$name" >/dev/null
echo "$name: Debian with Node $("$root/usr/local/bin/node" --version)."
