#!/usr/bin/env bash
# Builds the image with buildah, which needs no daemon, and tries it: what it adds to its base, and that it starts as far as
# its configuration. Usage: scripts/image.sh NAME[:TAG] [arguments of buildah build…]
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1
shift
most_mb=250

# Docker's format: OCI's has no health check.
buildah build --format docker --isolation chroot --tag "$name" "$@" .

container=$(buildah from --pull=never "$name")
trap 'buildah rm "$container" >/dev/null' EXIT
inside() { buildah run --isolation chroot "$container" -- "$@" 2>&1; }
added_mb=$(inside du -s --block-size=1M --apparent-size /app | cut -f1)
echo "It adds $added_mb MB to its base; $most_mb are allowed."
[ "$added_mb" -le "$most_mb" ]

said=$(inside node src/main.ts check || true)
case $said in
*trailwatch.yaml*) echo "It starts: $said" ;;
*) echo "It does not start: $said" && exit 1 ;;
esac
