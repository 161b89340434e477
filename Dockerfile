# Trailwatch in a container: no build step, production packages only, not root, works on a read-only root file system.
# BASE may name the same image by its digest, or one of your own with Node 24 and npm.
ARG BASE=node:24-slim
FROM ${BASE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Types and source maps are a third of it, and nothing reads them.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM ${BASE}
ENV NODE_ENV=production DATA_DIR=/data TRAILWATCH_CONFIG=/config/trailwatch.yaml
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
# What Node makes of the files lies ready for the first start: src/main.ts.
RUN node -e "require('node:module').enableCompileCache('node_modules/.cache/trailwatch'); import('./src/app.ts')"
# What is mounted empty at a volume of the image has its owner on Fargate, too; elsewhere it would be root's alone there.
RUN mkdir /config /data && chown node:node /config /data
USER node
VOLUME /config /data /tmp
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# On a large machine V8 would let 190 MB of garbage lie: docs/operations.md.
CMD ["node", "--max-old-space-size=1024", "--max-semi-space-size=16", "src/main.ts", "start"]
