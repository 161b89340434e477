# Trailwatch in a container: no build step, production packages only, not root, works on a read-only root file system.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production DATA_DIR=/data TRAILWATCH_CONFIG=/config/trailwatch.yaml
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
# What Node makes of the files lies ready for the first start: src/main.ts.
RUN node -e "require('node:module').enableCompileCache('node_modules/.cache/trailwatch'); import('./src/app.ts')"
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# On a large machine V8 would let 190 MB of garbage lie: docs/operations.md.
CMD ["node", "--max-old-space-size=1024", "--max-semi-space-size=16", "src/main.ts", "start"]
